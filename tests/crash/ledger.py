"""The ledger: what really happened, written by the tools themselves; and the judge that holds the store against it.

Rules.  The store is never believed about effects, nor the ledger about decisions: each is the other's witness.  Whoever
answers doubt looks into the ledger and tells the truth, so a ONCE call that is there twice was run by nobody's word.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from detent.states import NotFound
from detent.store import Store
from tests.crash import agent
from tests.end_to_end.command import Command

__all__ = ["Entry", "Stage", "Turn", "judged", "shown", "unkept"]

ROOT = Path(__file__).resolve().parents[2]
Turn = str | Mapping[str, Any] | Sequence[Mapping[str, Any]]

_HEADER = re.compile(r"^run \S+?(?: from click (\d+))?  ", re.MULTILINE)
_ROW = re.compile(r"^ *(?:\d+\.\d s|[\d:]+)  ([A-Z][A-Z_]+)(?:  |$)")


@frozen
class Entry:
    """One execution of a tool.

    Args:
        run: of this run
        call: the call's id
        attempt: which attempt
        key: the idempotency key it was given
        effect: what repeating it means
        digest: of the bytes it returned, hexadecimal sha256
        token: what makes it unlike any other execution
        number: what it was about
    """

    run: str
    call: str
    attempt: int
    key: str
    effect: str
    digest: str
    token: str
    number: int

    @classmethod
    def read(cls, line: str) -> Entry:
        """An execution as the tool wrote it."""
        run, call, attempt, key, effect, digest, token, number = line.split()
        return cls(run, call, int(attempt), key, effect, digest, token, int(number))

    @property
    def result(self) -> str:
        """What it returned."""
        return agent.result_of(self.effect, self.number, self.token)


@frozen
class Stage:
    """A folder with an agent, its script, its ledger, and a database beside it.

    Args:
        folder: the run's folder
        env: further environment variables of its commands
    """

    folder: Path
    env: Mapping[str, str] = field(factory=dict)

    @classmethod
    def made(cls, place: Path, script: Sequence[Turn]) -> Stage:
        """A new one.

        Args:
            place: a folder that is not there yet
            script: the turns of the model
        """
        folder = place / "folder"
        folder.mkdir(parents=True)
        shutil.copyfile(Path(agent.__file__), folder / "agent.py")
        (folder / "script.json").write_text(json.dumps(script))
        # A thread pool of numpy's, which some machines have, is no part of what is tried.
        return cls(folder, {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"})

    @property
    def command(self) -> Command:
        """What starts detent here."""
        return Command(self.folder, self.env)

    @property
    def database(self) -> Path:
        """The database."""
        return self.command.database

    def entries(self) -> list[Entry]:
        """The ledger; a line that was cut off by a death was never synced, and cannot have been acknowledged."""
        try:
            lines = (self.folder / agent.LEDGER).read_text().split("\n")[:-1]
        except FileNotFoundError:
            return []
        return [Entry.read(line) for line in lines]

    def known(self, address: str) -> str:
        """The id of a run, by its name; empty where nothing was begun."""
        try:
            with Store.open(self.database, mode="read") as store:
                return store.find(address)
        except NotFound:
            return ""


def judged(store: Store, entries: Iterable[Entry], run: str) -> Iterator[str]:
    """What is wrong with a run: the store against itself, and against the ledger.

    Args:
        store: open for reading
        entries: the ledger
        run: the run
    """
    for found in store.verify(run):
        yield f"the store does not verify: {found.what}"
    events = [(row.event, {"seq": row.seq, **json.loads(row.event_body)}) for row in store.timeline(run)]
    mine = [one for one in entries if one.run == run]
    calls: dict[str, list[Entry]] = defaultdict(list)
    for one in mine:
        calls[one.call].append(one)
    yield from _repeated(calls, events)
    yield from _intended(mine, events)
    yield from _results(store, run, calls, events)
    yield from _unasked(store, run, calls, events)


def _repeated(
    calls: Mapping[str, Sequence[Entry]], events: Sequence[tuple[str, dict[str, Any]]]
) -> Iterator[str]:
    """Calls that ran more often than anybody said, or under several names."""
    for call, ran in calls.items():
        if len({one.key for one in ran}) > 1:
            yield f"call {call} ({ran[0].effect}) ran with {len({one.key for one in ran})} keys"
        said = sum(
            1
            for name, body in events
            if name == "Resolved" and body["how"] == "did_not_happen" and _about(body["gate"]) == call
        )
        if ran[0].effect == "once" and len(ran) > 1:
            yield f"the ONCE call {call} ran {len(ran)} times; reruns that a person ordered: {said}"
    keys: dict[str, set[str]] = defaultdict(set)
    for call, ran in calls.items():
        for one in ran:
            keys[one.key].add(call)
    for key, shared in keys.items():
        if len(shared) > 1:
            yield f"calls {', '.join(sorted(shared))} share the key {key}"


def _about(gate: str) -> str:
    """The call a gate is about."""
    return gate.split("-")[1]


def _intended(entries: Iterable[Entry], events: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Executions that were not durably intended before; READ calls need no mark."""
    begun = {(body["call"], body["attempt"]) for name, body in events if name == "CallStarted"}
    for one in entries:
        if one.effect != "read" and (one.call, one.attempt) not in begun:
            yield f"attempt {one.attempt} of call {one.call} ran, and no intent is stored"


def _results(
    store: Store,
    run: str,
    calls: Mapping[str, Sequence[Entry]],
    events: Sequence[tuple[str, dict[str, Any]]],
) -> Iterator[str]:
    """Stored results that are not, byte for byte, what the last execution returned."""
    bodies = {placed.text.digest: placed.text.body for placed in store.messages(run)}
    bodies |= {text.digest: text.body for _, text in store.texts(run)}
    for name, body in events:
        happened = name == "Resolved" and body["how"] == "happened"
        if name != "ToolReturned" and not happened:
            continue
        call = _about(body["gate"]) if happened else body["call"]
        kept = bodies.get(body["result"])
        ran = calls.get(call, ())
        if kept is None:
            yield f"the result of call {call} is not stored"
        elif not ran:
            yield f"call {call} has a result and never ran"
        elif hashlib.sha256(kept.encode()).hexdigest() != ran[-1].digest:
            yield f"the stored result of call {call} ({len(kept)} characters) is not what it returned"


def _unasked(
    store: Store,
    run: str,
    calls: Mapping[str, Sequence[Entry]],
    events: Sequence[tuple[str, dict[str, Any]]],
) -> Iterator[str]:
    """Calls of the tool that asks first, which ran without exactly one yes before their start."""
    tools = _tools(store, run)
    asked = [one for one in store.decisions(run) if one.kind == "approval"]
    for call in calls:
        if tools.get(call) != "sign":
            continue
        yes = [one for one in asked if _about(one.gate) == call and one.how == "Approved"]
        starts = [body["seq"] for name, body in events if name == "CallStarted" and body["call"] == call]
        if len(yes) != 1:
            yield f"call {call} ran with {len(yes)} approvals"
        elif starts and min(starts) < yes[0].seq:
            yield f"call {call} was started before it was approved"


def _tools(store: Store, run: str) -> dict[str, str]:
    """The tools of all calls that were proposed."""
    found = {}
    for row in store.timeline(run):
        if row.event == "PlanMade":
            body = json.loads(row.event_body)
            for index, call in enumerate(body.get("calls", ())):
                found[f"{body['turn']}.{index}.0"] = call["tool"]
    return found


def shown(said: str) -> tuple[int, list[str]]:
    """What a driving command acknowledged on standard error: the click it began at, and the states from there on.

    A line that a death cut off is none.
    """
    whole = said.rpartition("\n")[0]
    header = _HEADER.search(whole)
    if header is None:
        return 0, []
    rows = (_ROW.match(line) for line in whole[header.end() :].splitlines())
    return int(header.group(1) or 0), [row.group(1) for row in rows if row]


def unkept(store: Store, run: str, said: str, document: str = "") -> Iterator[str]:
    """Clicks that a command acknowledged before it died, and that are not there.

    Args:
        store: open for reading
        run: the run
        said: what the command wrote on standard error
        document: what it wrote on standard output, where that is JSON
    """
    first, states = shown(said)
    stored = [row.state for row in store.timeline(run)]
    acknowledged = list(enumerate(states, first))
    if document.startswith("{") and document.endswith("}\n"):
        told = json.loads(document)
        if told.get("run") == run and "seq" in told:
            acknowledged.append((told["seq"], told["state"]))
    for seq, state in acknowledged:
        if seq >= len(stored):
            yield f"click {seq} ({state}) was acknowledged and is gone"
        elif stored[seq] != state:
            yield f"click {seq} was acknowledged as {state} and is {stored[seq]}"
