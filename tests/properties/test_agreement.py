"""Agreement: the pure fold, the store and the journal of a driver say the same after every event."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from attrs import evolve, fields
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.journal import Fact, Journal, first_click, load
from detent.fsm.drivers.memory import History, arguments_digest
from detent.fsm.history import Message, Turn, TurnCall, turn_text
from detent.fsm.kernel import begin, step
from detent.fsm.replay import fold
from detent.states import Approval, AtLimit, Effect, Limits, Snapshot, Spec, Text, ToolSpec, text
from detent.states.canonical import canonical
from detent.states.codec import decode_event, decode_snapshot, encode_snapshot, snapshot_digest, spec_text
from detent.states.events import Begun, Edited, Event, PlanMade
from detent.store import RunRecord, Store, new_run_id
from tests.moves import legal_events

TOOLS = (
    ToolSpec(name="read", effect=Effect.READ, approval=Approval.NEVER, attempts=2),
    ToolSpec(
        name="put", effect=Effect.IDEMPOTENT, approval=Approval.PREDICATE, attempts=2, fallback=("read",)
    ),
    ToolSpec(name="act", effect=Effect.ONCE, approval=Approval.ALWAYS, attempts=2),
)
KINDS = {
    "answer": "reply",
    "correction": "correction",
    "message": "error",
    "note": "note",
    "reason": "error",
    "reply": "refused",
    "result": "result",
}


def spoken(event: Event, number: int) -> Fact:
    """The event with texts that really have the digests it speaks of."""
    texts: list[Text] = []
    extras: list[Text] = []
    changes: dict[str, Any] = {}
    if isinstance(event, PlanMade):
        arguments = [canonical({"n": number, "place": place}) for place in range(len(event.calls))]
        calls = tuple(
            TurnCall(tool=one.tool, arguments=given)
            for one, given in zip(event.calls, arguments, strict=True)
        )
        turn = turn_text(Turn(content=f"plan {number}", calls=calls))
        texts.append(turn)
        proposed = zip(event.calls, arguments, strict=True)
        changes["reply"] = turn.digest
        changes["calls"] = tuple(evolve(one, arguments=arguments_digest(given)) for one, given in proposed)
    if isinstance(event, Edited):
        edited = text("arguments", canonical({"n": number, "edited": True}))
        extras.append(edited)
        changes["arguments"] = edited.digest
    for one in fields(type(event)):
        if one.name in KINDS and one.name not in changes and getattr(event, one.name):
            made = text(KINDS[one.name], json.dumps({"message": f"{one.name} {number}"}))
            texts.append(made)
            changes[one.name] = made.digest
    return Fact(evolve(event, **changes), texts=tuple(texts), extras=tuple(extras))


def begun(store: Store, spec: Spec) -> Journal:
    """A new run in the store."""
    run = new_run_id()
    snapshot = begin(spec, run, 1000)
    goal = Message(0, text("goal", "Do it."))
    record = RunRecord(id=run, spec=spec_text(spec), created=1000, goal="Do it.")
    event = Begun(run=run, at=1000, spec=spec.digest, goal=goal.text.digest)
    branch = store.begin(record, first_click(snapshot, event, [goal]))
    history = History(store, run, 0, fresh=True)
    history.add([goal], snapshot.history)
    return Journal(store, branch, snapshot, history)


def replayed(store: Store, run: str, spec: Spec) -> list[Snapshot]:
    """Every snapshot of a stored run, each compared with the fold of the stored events before it."""
    clicks = list(store.clicks(run))
    events = [decode_event(one.event, run, one.at, one.event_body) for one in clicks[1:]]
    first = decode_snapshot(clicks[0].body, spec)
    made = [first]
    for number, click in enumerate(clicks[1:], 1):
        after = fold(made[-1], events[number - 1 : number])
        assert canonical(encode_snapshot(after)) == canonical(click.body)
        assert snapshot_digest(canonical(encode_snapshot(after))) == click.digest
        made.append(after)
    return made


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_fold_store_and_driver_agree_after_every_event(data: st.DataObject) -> None:
    """Whatever legal events come, the pure step, the journal and what the store gives back are one snapshot."""
    limits = Limits(
        model_turns=data.draw(st.integers(1, 5)),
        tool_calls=data.draw(st.integers(0, 6)),
        calls_per_turn=3,
        repairs=1,
        extensions=1,
        notes=2,
        loop_window=2,
    )
    spec = Spec(tools=TOOLS, limits=limits, at_limit=data.draw(st.sampled_from(AtLimit)), ask_person=True)
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "runs.db") as store:
        journal = begun(store, spec)
        run = journal.head.run
        for number in range(data.draw(st.integers(1, 25))):
            events = list(legal_events(journal.head))
            if not events:
                break
            fact = spoken(data.draw(st.sampled_from(events)), number)
            pure = step(journal.head, fact.event)
            journal.take(fact)
            assert journal.head == pure
            if data.draw(st.booleans()):
                journal.commit()
                assert decode_snapshot(store.head(run).body, spec) == pure
        journal.commit()

        assert replayed(store, run, spec)[-1] == journal.head
        again = load(store, run)
        assert again.head == journal.head
        assert store.verify(run) == []
        positions = [placed.position for placed in store.messages(run)]
        assert positions == sorted(set(positions))
        assert all(position < journal.head.history for position in positions)
