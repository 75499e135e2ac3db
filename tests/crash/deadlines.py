"""A tool that ends at its deadline, a few milliseconds before or after, again and again.

The result and the expiry of its time race; of a tool that must not run twice the late result then races the person who
is asked.  The tool keeps its own list of what it really did, and what it gave.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from detent.fsm.drivers.agent import Agent
from detent.fsm.drivers.decisions import Verdict, decision_fact
from detent.fsm.drivers.face import run as started
from detent.fsm.drivers.journal import Fact
from detent.fsm.drivers.local import Driver, Watcher
from detent.states import DetentError, Limits
from detent.states.commands import AskPerson
from detent.store import Store
from detent.tools import Context, tool

from .harness import Figures, Profile

__all__ = ["NAME", "PROMISE", "run"]

NAME = "deadlines"
PROMISE = "A call that ends at its deadline has one outcome, and what it gave is taken once or not at all."

TIME = 0.06  # seconds a tool has
NEAR = 0.005  # seconds before or after, at which it ends
WIDTH = 8  # calls of one plan
MOMENT, MOMENTS = 0.01, 1000  # seconds between two looks for a late result, and how many looks
EFFECTS = ("read", "idempotent", "once")


@frozen
class Deed:
    """One attempt that came to its end.

    Args:
        call: its call
        attempt: which
        key: its idempotency key
        gave: its result, unlike any other
    """

    call: str
    attempt: int
    key: str
    gave: str


@frozen
class _Person:
    """Somebody who says of every doubt that it failed, just as the late result comes, or when none does.

    Args:
        chance: when
    """

    chance: random.Random
    drivers: list[Driver] = field(factory=list)

    async def asked(self, command: AskPerson) -> Fact | None:
        """What settles a gate; None where it is settled by now."""
        await asyncio.sleep(self.chance.choice((0.0, self.chance.uniform(0, 2 * NEAR), 1.0)))
        driver = self.drivers[0]
        verdict = Verdict(gate=command.gate, how="failed", digest=command.digest, text="It took too long.")
        try:
            return decision_fact(driver.journal.head, verdict, driver.clock.now())
        except DetentError:
            return None


@define
class Deadlines:
    """The calls of one harness.

    Args:
        folder: where they run
        chance: every random choice
        seed: what that began with
    """

    folder: Path
    chance: random.Random
    seed: int
    done: Counter[str] = field(factory=Counter)
    broken: list[str] = field(factory=list)
    _deeds: dict[str, list[Deed]] = field(factory=lambda: defaultdict(list))
    _late: dict[str, list[Deed]] = field(factory=lambda: defaultdict(list))

    def violated(self, what: str) -> None:
        """A promise was broken."""
        self.broken.append(f"{what} (seed {self.seed})")

    # What runs --------------------------------------------------------------------------------------------------

    def tools(self) -> list[Any]:
        """Tools of every effect, on the loop and in a thread."""
        made = []
        for effect in EFFECTS:
            options: dict[str, Any] = {
                "effect": effect,
                "approval": "never",
                "timeout": TIME,
                "attempts": 2,
                "parallel": True,
            }

            @tool(name=f"{effect}_on_the_loop", **options)
            async def on_the_loop(number: int, context: Context) -> str:
                """End at the deadline, nearly."""
                await asyncio.sleep(self._left(context))
                return self._did(context, number)

            @tool(name=f"{effect}_in_a_thread", **options)
            def in_a_thread(number: int, context: Context) -> str:
                """End at the deadline, nearly."""
                time.sleep(self._left(context))
                return self._did(context, number)

            made += [on_the_loop, in_a_thread]
        return made

    def _left(self, context: Context) -> float:
        return max(0.0, context.deadline - time.monotonic() + self.chance.uniform(-NEAR, NEAR))

    def _did(self, context: Context, number: int) -> str:
        gave = f"{number}: {self.chance.getrandbits(64):x}"
        self._deeds[context.run].append(Deed(context.call, context.attempt, context.key, gave))
        return gave

    async def race(self, store: Store, runs: int) -> None:
        """So many runs side by side, each with one plan of calls that all end at their deadlines."""
        await asyncio.gather(*(self._race(store, number) for number in range(runs)))

    async def _race(self, store: Store, number: int) -> None:
        tools = self.tools()
        used = self.chance.choice((tools, tools[-2:]))  # all, or only those that leave a doubt
        names = [self.chance.choice(used).name for _ in range(WIDTH)]
        calls = [{"name": name, "arguments": {"number": place}} for place, name in enumerate(names)]
        script = f"script-{number}.json"
        (self.folder / script).write_text(json.dumps([calls, "Done."]))
        person = _Person(self.chance)
        made = await started(
            Agent(model=f"script:{script}", tools=tuple(tools), limits=Limits()),
            "Race.",
            store=store,
            folder=self.folder,
            watcher=Watcher(ask=person.asked),
            on_driver=person.drivers.append,
        )
        if made.state != "DONE":
            self.violated(f"Run {made.id} ended as {made.state}.")
        for finding in store.verify(made.id):
            self.violated(f"Run {made.id} is damaged: {finding}")
        self._judge(store, made.id, names)
        await self._kept(store, made.id)

    # What came of it --------------------------------------------------------------------------------------------

    def _judge(self, store: Store, run: str, names: list[str]) -> None:
        events: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        settled = Counter(one.gate for one in store.decisions(run))
        for row in store.timeline(run):
            told = json.loads(row.event_body)
            if "call" in told:
                events[told["call"]].append((row.event, told))
        said = {placed.text.digest: placed.text.body for placed in store.messages(run)}
        outcomes = [one.text.kind for one in store.messages(run) if one.text.kind in ("result", "error")]
        if len(outcomes) != len(names):
            self.violated(f"Run {run} has {len(outcomes)} outcomes of {len(names)} calls.")
        if any(count > 1 for count in settled.values()):
            self.violated(f"A gate of run {run} was settled twice: {settled}.")
        for index, name in enumerate(names):
            call = f"1.{index}.0"
            deeds = [one for one in self._deeds[run] if one.call == call]
            effect = name.split("_")[0]
            self._judge_call(f"{name} {run}/{call}", effect, events[call], deeds, said)
            if effect == "once" and not any(event == "ToolReturned" for event, _ in events[call]):
                self._late[run] += deeds
            self.done["calls raced"] += 1

    async def _kept(self, store: Store, run: str) -> None:
        """What a call gave after a person had said that it failed is kept beside the run, in a moment."""
        late = Counter(one.gave for one in self._late[run])
        kept: Counter[str] = Counter()
        for _ in range(MOMENTS):
            kept = Counter(entry.body["text"] for entry in store.late(run))
            if late <= kept:
                break
            await asyncio.sleep(MOMENT)
        else:
            self.violated(f"Run {run} has lost late results: {late - kept}.")
        if max(kept.values(), default=1) > 1:
            self.violated(f"Run {run} has kept a late result twice: {kept}.")

    def _judge_call(
        self,
        where: str,
        effect: str,
        events: list[tuple[str, dict[str, Any]]],
        deeds: list[Deed],
        said: dict[str, str],
    ) -> None:
        returned = [told for event, told in events if event == "ToolReturned"]
        failed = [told for event, told in events if event == "ToolFailed"]
        started = [told["attempt"] for event, told in events if event == "CallStarted"]
        attempts = [told["attempt"] for told in (*returned, *failed)]
        if len(returned) > 1 or (effect != "once" and len(set(attempts)) != len(attempts)):
            self.violated(f"{where} has several outcomes: {events}")
        for told in returned:
            gave = [one.gave for one in deeds if one.attempt == told["attempt"]]
            if gave != [said.get(told["result"])]:
                self.violated(f"{where} gave {gave}, kept is {said.get(told['result'])!r}.")
        if len(set(started)) != len(started) or (effect == "read" and started):
            self.violated(f"{where} was started as {started}.")
        if len({one.key for one in deeds}) > 1:
            self.violated(f"{where} ran with several keys.")
        if effect == "once":
            self._judge_once(where, returned, failed, deeds)
        self.done["in time"] += bool(returned) and not failed
        self.done["timed out"] += len(failed)

    def _judge_once(
        self, where: str, returned: list[dict[str, Any]], failed: list[dict[str, Any]], deeds: list[Deed]
    ) -> None:
        """A timeout is a doubt: it is never tried again unasked, and a late result settles it or comes too late."""
        if len(deeds) > 1:
            self.violated(f"{where} must not run twice, and did {len(deeds)} times.")
        if any(told.get("ran", "unknown") != "unknown" or told["error"] != "timeout" for told in failed):
            self.violated(f"{where} failed with {failed}.")
        if failed:
            self.done["doubts"] += 1
            self.done["doubts settled by a late result"] += bool(returned)
            self.done["late results after a person"] += bool(deeds) and not returned


def run(profile: Profile, folder: Path, seed: int) -> Figures:
    """Race calls against their deadlines."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    made = Deadlines(folder, random.Random(seed), seed)
    with Store.open(folder / "runs.db") as store:
        for turn in range(profile.of(2, 42, 420)):
            asyncio.run(made.race(store, 3))
            if turn % 10 == 9:
                profile.say(f"deadlines: {dict(made.done)}")
    return Figures(
        name=NAME,
        done=dict(made.done),
        violations=tuple(made.broken),
        seed=seed,
        seconds=round(time.monotonic() - began, 1),
    )
