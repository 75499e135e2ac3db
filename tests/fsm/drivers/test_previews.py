"""Previews: shown for exactly their call, bound to what they were made from, and harmless when they fail."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.drivers.previews import MOST, bound, drawn_for, preview_text
from detent.fsm.history import TurnCall
from detent.states.calls import Call
from detent.states.names import Phase
from detent.tools import Context, Hands, base_of, tool
from detent.tools.value import UNAVAILABLE

from .rig import call, rig


def looked(preview: Any, base: Any = None, seconds: float = 5.0) -> tuple[TurnCall, str]:
    """What becomes of a call whose tool has these hooks."""

    @tool(preview=preview, base=base)
    def put(path: str) -> str:
        """Put."""
        return path

    async def look() -> tuple[TurnCall, str]:
        hands = Hands()
        try:
            return await bound(put, TurnCall(tool="put", arguments='{"path":"a"}'), Context(), hands, seconds)
        finally:
            hands.close()

    return asyncio.run(look())


def test_a_call_is_bound_to_what_its_preview_was_made_from() -> None:
    """The base goes into the call's bytes, and the preview is drawn with it."""
    one, drawn = looked(
        lambda context, path: f"{path} at {context.base}", lambda _context, path: f"digest of {path}"
    )
    assert (base_of(one.arguments), drawn) == ("digest of a", "a at digest of a")


@pytest.mark.parametrize(
    "error", [LookupError, SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError]
)
def test_a_preview_that_fails_is_told_and_the_call_goes_on(error: type[BaseException]) -> None:
    """Whatever a preview raises, a person sees that there is none; a base that fails binds what nothing has."""

    def broken(context: Context) -> str:
        raise error("broken")

    one, drawn = looked(broken)
    assert drawn.startswith("No preview")
    assert base_of(one.arguments) == ""
    one, _ = looked(lambda _context: "drawn", broken)
    assert base_of(one.arguments) == UNAVAILABLE


def test_a_preview_that_hangs_is_given_up() -> None:
    """After its time a preview is given up, and a call that must be bound will be refused."""

    def hang(_context: Context) -> str:
        time.sleep(30)
        return "never"

    one, drawn = looked(hang, lambda _context: "base", seconds=0.05)
    assert "longer than 0.05 s" in drawn
    assert base_of(one.arguments) == UNAVAILABLE


def test_a_preview_is_shown_for_its_own_call_only() -> None:
    """Another turn, another place and other arguments have another preview, or none."""
    one = TurnCall(tool="put", arguments='{"path":"a"}')
    other = TurnCall(tool="put", arguments='{"path":"b"}')
    kept = [
        preview_text(1, 0, one, "first"),
        preview_text(2, 0, one, "second"),
        preview_text(2, 1, other, "third"),
    ]

    def shown(turn: int, index: int, given: TurnCall) -> str | None:
        digest = preview_text(turn, index, given, "").body.partition('"arguments":"')[2].partition('"')[0]
        made = Call(tool="put", arguments=digest, attempts=1, phase=Phase.PROPOSED)
        return drawn_for(kept, turn, index, made)

    assert (shown(1, 0, one), shown(2, 0, one), shown(2, 1, other)) == ("first", "second", "third")
    assert (shown(1, 1, one), shown(3, 0, one), shown(2, 0, other)) == (None, None, None)


def test_what_is_drawn_can_always_be_kept() -> None:
    """Bytes that are no Unicode are made visible, and what is endless is cut visibly."""
    one = TurnCall(tool="put", arguments="{}")
    assert "\\\\udcff" in preview_text(1, 0, one, "name \udcff").body
    long = preview_text(1, 0, one, "x" * (MOST + 7)).body
    assert "7 more characters are not shown" in long


def test_a_gate_never_shows_the_preview_of_an_earlier_call(tmp_path: Path) -> None:
    """Where an earlier turn's call had a preview and this one has none, its gate shows none."""

    @tool(effect="idempotent", preview=lambda _context, path: f"put {path}")
    def put(path: str) -> str:
        """Put."""
        return path

    @tool(effect="idempotent")
    def drop(path: str) -> str:
        """Drop."""
        return path

    made = rig(tmp_path, [call("put", path="a"), call("drop", path="a"), "Done."], put, drop)
    run = made.run()
    assert run.gates[0]["preview"] == "put a"
    run.decide("approve")
    after = made.resume(run)
    assert [(gate["tool"], "preview" in gate) for gate in after.gates] == [("drop", False)]
