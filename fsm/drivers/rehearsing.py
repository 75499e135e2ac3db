"""Rehearsing: an agent's file driven once more through a recorded run, with no model asked and no tool called.

What is recorded of a run is plain: its goal, what the model said, what calls came to, and what people said.  The model
says the same again; a call is served what an equal one came to, by tool and arguments, one attempt after the other;
gates stand where the agent's own rules put them now, and are settled as they were.  A workflow plans anew from what its
steps came to.  A fork goes on from the recorded click of its parent.  What comes of it is told click by click.  The
same lines mean the same behaviour; where the agent has changed, the first line that differs says how.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from signal import SIGTERM
from typing import Any

from attrs import define, evolve, field

from ...states.canonical import canonical
from ...states.commands import AskPerson
from ...states.errors import ConfigError
from ...states.events import PlanMade, PlanRefused
from ...states.names import AtLimit, Ran, State
from ...states.spec import ToolSpec
from ...store import Store
from ...tools import Failure, Returned
from ..kernel import Transition
from .agent import Agent
from .assembly import asking_spec, settle_options
from .beginnings import stand_in
from .decisions import Verdict, decision_fact, digest_of, expiry
from .face import resume_sync, run_sync
from .forking import Wanted, fork_run
from .journal import Fact
from .loading import Definition, Loaded, load_file
from .local import Driver, Watcher
from .origin import apply_overrides
from .recorded import EXPIRED
from .recordings import Mode, Outcome, Recordings, without_base
from .retelling import retold
from .rules import parse_rule
from .settle import tell
from .standing import Run
from .workflow import Workflow

__all__ = ["rehearse", "rehearsed"]

SCRIPT = "turns.json"
BEFORE = "Before."  # a reply that is never asked for: it stands for one of the parent's, or for none


def rehearse(agent_file: str | Path, recorded: Mapping[str, Any], folder: str | Path) -> list[str]:
    """Drive an agent or a workflow through a recorded run, as `detent export RUN --pytest` wrote it down.

    Its clicks, a line each.

    Args:
        agent_file: FILE or FILE:NAME; relative to the current folder
        recorded: what was said and what calls came to
        folder: an empty folder, for the database and as the run's own

    Raises:
        NotFound, ConfigError: the agent cannot be loaded, or is a workflow now, or was one
        UsageError: a loop is already running here
    """
    return rehearsed(load_file(str(agent_file), Path.cwd()), recorded, folder)


def rehearsed(loaded: Loaded, recorded: Mapping[str, Any], folder: str | Path) -> list[str]:
    """As `rehearse`, with an agent's file that has been loaded."""
    place = Path(folder).resolve()
    definition = apply_overrides(loaded.definition, recorded.get("overrides", {}))
    if isinstance(definition, Agent) != ("turns" in recorded):
        kinds = ("a workflow", "an agent")
        now, then = kinds if isinstance(definition, Workflow) else reversed(kinds)
        raise ConfigError(f"{loaded.path.name} holds {now}, and the run was {then}'s.", "Name the right one.")
    definition = evolve(definition, resources={})
    if isinstance(definition, Agent):
        said = [BEFORE] * bool(recorded.get("fork", {}).get("calls")) + (recorded["turns"] or [BEFORE])
        (place / SCRIPT).write_text(canonical(said), encoding="utf-8")
        definition = evolve(definition, model=f"script:{SCRIPT}")
    with Store.open(place / "rehearsal.db") as store:
        run = _Rehearsal(recorded).drive(definition, store, place)
        return retold(store, run.id)


@define
class _Served(Recordings):
    """What calls came to, by the tool's name and the arguments: each attempt gets what its like came to.

    Args:
        mode: always that of rehearsals
        forked: what the calls of the run might do; LIVE is under their tools' own rules
        lists: the outcomes of equal calls, attempt after attempt; the last serves all that follow.  A step of a workflow
            has no arguments: it is called once
        passed: the calls that were let pass because they were served
    """

    forked: Mode = Mode.LIVE
    lists: dict[tuple[str, str], list[Any]] = field(factory=dict)
    passed: frozenset[tuple[str, str]] = frozenset()
    _at: dict[tuple[str, str], int] = field(factory=dict)
    _had: dict[tuple[str, int], Outcome] = field(factory=dict)

    @classmethod
    def of(cls, recorded: Mapping[str, Any]) -> _Served:
        calls = {(one["tool"], _arguments(one.get("arguments"))): one for one in recorded["calls"]}
        return cls(
            Mode.REHEARSED,
            forked=Mode(recorded.get("fork", {}).get("recordings", Mode.LIVE)),
            lists={key: one["came_to"] for key, one in calls.items()},
            passed=frozenset(key for key, one in calls.items() if one.get("served")),
        )

    def bound(self, tool: ToolSpec, arguments: str) -> str:  # noqa: ARG002 - there is nothing it could be bound to
        return arguments

    def asks(self, tool: ToolSpec, arguments: str) -> bool | None:
        if self.forked is Mode.ASK:
            return self._key(tool, arguments) not in self.passed
        return False if self.forked is Mode.RECORDED else None

    def serve(self, call: str, tool: ToolSpec, arguments: str, attempt: int = 1) -> Outcome | None:
        if (call, attempt) not in self._had:
            key = self._key(tool, arguments)
            kept = self.lists.get(key)
            if not kept:
                return Failure(error="not_recorded", message="Nothing is recorded for this call.", ran=Ran.NO)
            number = self._at.get(key, 0)
            self._at[key] = number + 1
            self._had[call, attempt] = _outcome(kept[min(number, len(kept) - 1)])
        return self._had[call, attempt]

    def _key(self, tool: ToolSpec, arguments: str) -> tuple[str, str]:
        """Where what the call came to stands, or would: under its arguments, else under its tool alone."""
        key = (tool.name, _arguments(without_base(arguments)))
        return key if key in self.lists else (tool.name, "")


def _arguments(given: Mapping[str, Any] | None) -> str:
    return "" if given is None else canonical(given)


def _outcome(written: str | Mapping[str, Any]) -> Outcome:
    """What a call came to: a text, or a failure by the names of its fields."""
    if isinstance(written, str):
        return Returned(written)
    known = {"message": written["error"], **written, "ran": Ran(written.get("ran", Ran.NO))}
    return Failure(**known)


@define
class _Rehearsal:
    """Drives a run to its end, or as far as is recorded, and says what people said where they said it."""

    recorded: Mapping[str, Any]
    _served: _Served = field(init=False)
    _said: list[Mapping[str, Any]] = field(init=False)
    _rules: list[Mapping[str, Any]] = field(init=False)
    _replies: int = 0
    _driver: Driver | None = None

    def __attrs_post_init__(self) -> None:
        self._served = _Served.of(self.recorded)
        self._said = list(self.recorded.get("people", ()))
        self._rules = list(self.recorded.get("rules", ()))

    def drive(self, definition: Definition, store: Store, place: Path) -> Run:
        watcher = Watcher(click=self._click, ask=self._ask)
        known: dict[str, Any] = {
            "store": store,
            "folder": place,
            "watcher": watcher,
            "on_driver": self._begin,
            "script_folder": place,
        }
        if "fork" in self.recorded:
            made = resume_sync(self._fork(definition, store, place), agent=definition, **known)
        else:
            at_limit, inputs = self.recorded.get("at_limit", "finish"), self.recorded.get("inputs")
            made = run_sync(definition, self.recorded["goal"], at_limit=at_limit, inputs=inputs, **known)
        while made.snapshot.state.live and self._note_is_next():
            tell(store, made.id, self._said.pop(0)["note"])
            made = resume_sync(made.id, agent=definition, **known)
        return made

    def _fork(self, definition: Definition, store: Store, place: Path) -> str:
        """The fork, parked at its first click, of what stands in for its parent."""
        told, mode = self.recorded["fork"], self._served.forked
        spec = definition.spec(definition.toolbox(), AtLimit(self.recorded.get("at_limit", "finish")))
        spec = settle_options(asking_spec(spec) if mode is Mode.ASK else spec, 0)
        parent = stand_in(store, told, self.recorded["goal"], spec, place)
        kept = Mode.REHEARSED if mode is Mode.LIVE else mode
        return fork_run(store, parent, 0, Wanted(spec=spec, mode=kept))

    def _begin(self, driver: Driver) -> None:
        self._driver = driver
        driver.prepared.recordings = self._served
        self._allow(driver)
        self._pause(driver, driver.journal.head.state)

    def _click(self, click: Transition, _took: int) -> None:
        """Durable; the model has nothing more to say, or a person speaks first: stop there.  No time is waited for."""
        self._replies += isinstance(click.event, PlanMade | PlanRefused)
        if self._driver is not None:
            self._driver.clock.skip(max((call.not_before for call in click.after.calls), default=0))
            self._allow(self._driver)
            self._pause(self._driver, click.after.state)

    def _allow(self, driver: Driver) -> None:
        """Give the rules that let calls of the next reply pass."""
        while self._rules and self._rules[0]["reply"] <= self._replies:
            rule = parse_rule(self._rules.pop(0)["rule"])
            driver.prepared.rules = (*driver.prepared.rules, rule)

    def _pause(self, driver: Driver, state: State) -> None:
        most = len(self.recorded["turns"]) if "turns" in self.recorded else self.recorded.get("plans")
        over = most is not None and self._replies >= most
        if state is State.PLANNING and (over or self._note_is_next()):
            driver.park(SIGTERM)

    def _note_is_next(self) -> bool:
        return bool(self._said) and self._said[0].get("note_after") == self._replies

    async def _ask(self, command: AskPerson) -> Fact | None:  # noqa: ARG002 - the recorded order counts
        """What settles the gate that was settled next; None where it is not open, or a note came first."""
        if self._driver is None or not self._said or "gate" not in self._said[0]:
            return None
        head, said = self._driver.journal.head, self._said[0]
        gate = next((one for one in head.gates if one.id == said["gate"]), None)
        if gate is None:
            return None
        if said["how"] == EXPIRED:
            self._said.pop(0)
            return expiry(head, gate.id, gate.expires)
        text = said.get("text", "")
        verdict = Verdict(
            gate=gate.id,
            how=said["how"],
            digest=digest_of(head, gate),
            text=text if isinstance(text, str) else json.dumps(text),
            by="rehearsal",
        )
        self._said.pop(0)
        return decision_fact(head, verdict, self._driver.clock.now())
