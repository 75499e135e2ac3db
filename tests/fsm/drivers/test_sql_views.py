"""What SQL says of stored runs is what they are: the view of calls, and JSON wherever JSON is stored."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.local import Driver, Watcher
from detent.fsm.kernel import Transition
from detent.states import Limits, State
from detent.states.calls import Call, call_id, named
from detent.states.codec import decode_snapshot, decode_spec
from detent.store import Store
from detent.tools import tool

from .rig import Rig, call, rig
from .test_local_random import TURNS, decided, tools

CALLS = "SELECT seq, call, tool, arguments, effect, status, reason, settled, result FROM calls_view WHERE run = ? ORDER BY seq, call"
# Every column that holds JSON.
JSON = """
  SELECT event_body AS said FROM snapshot UNION ALL SELECT body FROM snapshot UNION ALL SELECT body FROM snapshot_view
  UNION ALL SELECT origin FROM run UNION ALL SELECT body FROM inbox UNION ALL SELECT arguments FROM calls_view
  UNION ALL SELECT body FROM object WHERE kind IN
    ('spec', 'guards', 'turn', 'refused', 'error', 'arguments', 'attempt')
"""


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as anybody reads it."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
        yield base


def told(store: Store, run: str) -> list[tuple[Any, ...]]:
    """The rows the view has to have, taken from the snapshots one after the other."""
    spec = decode_spec(store.spec(run))
    said = {placed.position: placed.text for placed in store.messages(run)}
    edited = {text.digest: text.body for _, text in store.texts(run, kind="arguments")}
    plans: dict[tuple[int, int], tuple[int, int, Call, int | None]] = {}
    for stored in store.clicks(run):
        head = decode_snapshot(stored.body, spec)
        for index, one in enumerate(head.calls):
            seq, _, _, settled = plans.get((head.turn, index), (stored.seq, 0, one, None))
            settled = stored.seq if settled is None and one.settled else settled
            plans[head.turn, index] = (seq, head.outcomes, one, settled)
    rows = []
    for (turn, index), (seq, outcomes, one, settled) in plans.items():
        proposed = json.loads(said[outcomes - 1].body)["calls"][index]["arguments"]
        last = one.outcome
        rows.append(
            (
                seq,
                call_id(turn, index, one.fallback),
                named(spec, one).name,
                json.loads(edited[one.arguments]) if one.arguments in edited else proposed,
                named(spec, one).effect.value,
                None if last is None else last.status.value,
                None if last is None else last.reason or None,
                settled,
                None if settled is None else said[outcomes + index].body,
            )
        )
    return rows


def seen(path: Path, run: str) -> list[tuple[Any, ...]]:
    """The rows the view has, with the arguments taken apart."""
    with reading(path) as base:
        found = base.execute(CALLS, (run,)).fetchall()
    return [(*row[:3], json.loads(row[3]), *row[4:]) for row in found]


def readable(path: Path) -> None:
    """Whether SQLite can take apart whatever is stored as JSON."""
    with reading(path) as base:
        rows, valid = base.execute(f"SELECT count(*), sum(json_valid(said)) FROM ({JSON})").fetchone()  # noqa: S608
    assert rows == valid > 0


@given(TURNS, st.data())
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
def test_the_view_of_calls_is_what_the_snapshots_say(turns: list[Any], data: st.DataObject) -> None:
    """Whatever a run does, at every stop each call of it is one row, with the very figures of its snapshots."""
    limits = Limits(model_turns=5, tool_calls=8, notes=2, repairs=1, extensions=1, loop_window=2)
    with tempfile.TemporaryDirectory() as folder:
        made = rig(Path(folder), turns, *tools([]), "ask_person", limits=limits)
        drivers: list[Driver] = []

        def now_and_then(_click: Transition, _took: int) -> None:
            if data.draw(st.integers(0, 9)) == 0:
                drivers[-1].park(2)

        options: dict[str, Any] = {"watcher": Watcher(click=now_and_then), "on_driver": drivers.append}
        run = made.run(**options)
        for _ in range(40):
            same(made, run.id)
            if not run.snapshot.state.live:
                break
            if run.snapshot.state is State.AWAITING_APPROVAL:
                decided(made, run, data, Counter())
            run = made.resume(run, **options)
        readable(made.store)


def same(made: Rig, run: str) -> None:
    """Whether the view says what the snapshots say."""
    with Store.open(made.store, mode="read") as store:
        assert sorted(seen(made.store, run), key=_order) == sorted(told(store, run), key=_order)


def _order(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[:2]


def test_a_call_is_found_with_all_that_became_of_it(tmp_path: Path) -> None:
    """A fallback, an edit and a denial each stand in the row of their call."""

    @tool(effect="read")
    def second(n: int) -> str:
        """Answer."""
        return f"second {n}"

    @tool(effect="read", attempts=1, fallback=second)
    def first(n: int) -> str:
        """Fail."""
        raise OSError("broken")

    @tool(effect="once")
    def act(n: int) -> str:
        """Act."""
        return f"acted {n}"

    made = rig(
        tmp_path, [[call("first", n=1), call("act", n=2)], call("act", n=3), "Done."], first, second, act
    )
    run = made.run()
    made.decide(run, "edit", '{"n": 5}')
    run = made.resume(run)
    made.decide(run, "deny", "no more")
    assert made.resume(run).state == "DONE"
    rows = {row[1]: row for row in seen(made.store, run.id)}
    assert rows["1.0.1"][2:7] == ("second", {"n": 1}, "read", "ok", None)
    assert rows["1.0.1"][8] == "second 1"
    assert rows["1.1.0"][2:7] == ("act", {"n": 5}, "once", "ok", None)
    assert rows["2.0.0"][2:7] == ("act", {"n": 3}, "once", "denied", "denied")
    assert "no more" in rows["2.0.0"][8]
    same(made, run.id)
    readable(made.store)
