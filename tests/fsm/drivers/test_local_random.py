"""The local driver under anything: random plans, tools that misbehave, people who decide at random, and parking.

The judge is a ledger of what really ran.  Whatever happens, a run comes to its end, nothing that must not be repeated
ran twice without a person's word, the stored run is whole, and it folds to the same snapshots again.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.decisions import OFFERED
from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.drivers.settle import cancel, tell
from detent.fsm.drivers.standing import Run
from detent.fsm.kernel import Transition
from detent.fsm.replay import fold
from detent.states import GateKind, Limits, State
from detent.states.codec import decode_event, decode_snapshot
from detent.states.errors import UsageError
from detent.store import Store
from detent.tools import Context, Tool, ToolError, tool

from .rig import Rig, call, rig

RAISED: dict[str, BaseException] = {
    "fails": ToolError("it failed"),
    "does not begin": ToolError("it was not begun", ran="no"),
    "is lost": ToolError("nobody knows", ran="unknown"),
    "breaks": LookupError("broken"),
    "leaves": SystemExit("bye"),
}
BEHAVIOURS = ("fine", *RAISED)
CALLS = st.builds(
    lambda name, how: call(name, how=how),
    st.sampled_from(["look", "put", "act", "ask_first"]),
    st.sampled_from(BEHAVIOURS),
)
TURNS = st.lists(
    st.lists(CALLS, min_size=1, max_size=3)
    | st.just(call("ask_person", question="Which?"))
    | st.sampled_from([call("nothing"), {"raw": ""}, "An answer."]),
    min_size=1,
    max_size=5,
)


def tools(ledger: list[tuple[str, str]]) -> list[Tool]:
    """A tool of every effect, each of which does as its argument says."""

    def behave(how: str, context: Context, name: str) -> str:
        ledger.append((name, context.call))
        if how in RAISED:
            raise RAISED[how]
        return f"{name} is done"

    @tool(effect="read", attempts=2)
    def look(how: str, context: Context) -> str:
        """Look."""
        return behave(how, context, "look")

    @tool(effect="idempotent", approval="never", attempts=2)
    async def put(how: str, context: Context) -> str:
        """Put."""
        return behave(how, context, "put")

    @tool(effect="once", approval="never", attempts=2, fallback=look)
    def act(how: str, context: Context) -> str:
        """Act."""
        return behave(how, context, "act")

    @tool(effect="once", approval=lambda how: how != "fine", attempts=2, parallel=True)
    async def ask_first(how: str, context: Context) -> str:
        """Act, and ask before."""
        return behave(how, context, "ask_first")

    return [look, put, act, ask_first]


def decided(made: Rig, run: Run, data: st.DataObject, reruns: Counter[str]) -> None:
    """One open gate is settled at random, or a note is told, or the run is ended."""
    gate = data.draw(st.sampled_from(run.gates))
    how = data.draw(st.sampled_from([*OFFERED[GateKind(gate["kind"])], "tell", "cancel"]))
    try:
        with Store.open(made.store) as store:
            if how == "tell":
                tell(store, run.id, "By the way.")
                return
            if how == "cancel":
                cancel(store, run.id)
                return
        said = '{"how": "fine"}' if how == "edit" else "said"
        run.decide(how, said, gate=gate["gate"])
    except UsageError:
        return  # no attempt or no note is left
    if how == "did_not_happen":
        reruns[gate["call"]] += 1


@given(TURNS, st.data())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
def test_whatever_happens_the_run_ends_whole_and_nothing_runs_twice(
    turns: list[Any], data: st.DataObject
) -> None:
    """However tools fail, people decide and drivers are parked, no ONCE call runs again without a person's word."""
    ledger: list[tuple[str, str]] = []
    reruns: Counter[str] = Counter()
    limits = Limits(model_turns=5, tool_calls=8, notes=2, repairs=1, extensions=1, loop_window=2)
    with tempfile.TemporaryDirectory() as folder:
        made = rig(Path(folder), turns, *tools(ledger), "ask_person", limits=limits)
        drivers: list[Driver] = []

        def now_and_then(_click: Transition, _took: int) -> None:
            if data.draw(st.integers(0, 9)) == 0:
                drivers[-1].park(2)

        options: dict[str, Any] = {"watcher": Watcher(click=now_and_then), "on_driver": drivers.append}
        run = made.run(at_limit=data.draw(st.sampled_from(["ask", "finish"])), **options)
        for _ in range(80):
            if not run.snapshot.state.live:
                break
            if run.snapshot.state is State.AWAITING_APPROVAL:
                decided(made, run, data, reruns)
            run = made.resume(run, **options)
        assert not run.snapshot.state.live, run.snapshot.state
        ran = Counter(one for name, one in ledger if name in ("act", "ask_first"))
        assert {one: times for one, times in ran.items() if times > 1 + reruns[one]} == {}
        whole(made, run)


def whole(made: Rig, run: Run) -> None:
    """The stored run verifies, and folds to itself."""
    with Store.open(made.store, mode="read") as store:
        assert store.verify(run.id) == []
        clicks = list(store.clicks(run.id))
        spec = run.snapshot.spec
        snapshot = decode_snapshot(clicks[0].body, spec)
        for click in clicks[1:]:
            snapshot = fold(snapshot, [decode_event(click.event, run.id, click.at, click.event_body)])
            assert snapshot == decode_snapshot(click.body, spec)
        assert snapshot == run.snapshot
