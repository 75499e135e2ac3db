"""Results that could not be stored are told; other trouble is told as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from detent.fsm.drivers.journal import Fact
from detent.fsm.drivers.unsaved import SHOWN, with_unsaved
from detent.states import Approval, Effect, ToolSpec, text
from detent.states.errors import StoreError
from detent.states.events import ToolReturned
from detent.store import Store

from .making import SCHEMA, Making, begun

PAY = ToolSpec(name="pay", parameters=SCHEMA, effect=Effect.ONCE, approval=Approval.NEVER, attempts=2)
FULL = StoreError("The disk is full.", "Make room.")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run whose call is started."""
    with Store.open(tmp_path / "runs.db") as store:
        run = begun(store, PAY)
        run.plan(("pay", {"to": "somebody", "amount": 1}))
        run.start("1.0.0")
        yield run


@pytest.mark.parametrize("body", ["receipt 4711", "receipt 4711 " * 1000])
def test_a_result_is_told_with_its_beginning(made: Making, body: str) -> None:
    """What was not written is named by its tool and call, and quoted as far as a person reads."""
    durable = made.journal.head
    result = text("result", body)
    event = ToolReturned(run=made.run, at=durable.at, call="1.0.0", attempt=1, result=result.digest)
    made.journal.take(Fact(event, texts=(result,)))
    told = with_unsaved(FULL, durable, made.journal.pending())
    quoted = body if len(body) <= SHOWN else f"{body[:SHOWN]}…"
    assert (type(told), told.message) == (StoreError, FULL.message)
    assert told.hint == f"Make room. The result of pay (1.0.0) is not stored; it begins: {quoted!r}."


def test_without_a_result_the_trouble_is_as_it_is(made: Making) -> None:
    """Where nothing was lost nothing is added."""
    assert with_unsaved(FULL, made.journal.head, made.journal.pending()) is FULL
    assert with_unsaved(FULL, made.journal.head, None) is FULL
