"""The driver's clock: it never runs backwards, whatever becomes of the machine's."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.drivers.clock import Clock, wall

TIMES = st.integers(0, 2**42)


@given(TIMES, st.lists(TIMES, min_size=1, max_size=20))
def test_time_never_runs_backwards(at: int, told: list[int]) -> None:
    """However the wall clock jumps, each time given is no less than the one before, nor than the head's."""
    times = iter(told)
    clock = Clock(at, lambda: next(times))

    given_out = [at, *(clock.now() for _ in told)]

    assert given_out == sorted(given_out)
    assert all(now >= wall_time for now, wall_time in zip(given_out[1:], told, strict=True))


def test_time_goes_on_while_the_wall_clock_stands() -> None:
    """With a clock that was set back an hour, what waits until a time still comes to it."""
    ahead = wall() + 3_600_000
    clock = Clock(ahead)
    first = clock.now()

    time.sleep(0.02)

    assert first >= ahead
    assert 15 <= clock.now() - first < 2_000


def test_time_that_is_not_waited_for_is_skipped() -> None:
    """What would come later is now, and it never goes back; active time does not count it."""
    clock = Clock(0, lambda: 5)
    clock.skip(3_600_000)
    clock.skip(7)

    assert 3_600_000 <= clock.now() < 3_602_000
    assert clock.lap() < 2_000


def test_active_time_leaves_out_rest_and_keeps_fractions() -> None:
    """Laps add up to the time that passed, but for what was rested."""
    clock = Clock(0)
    began = time.monotonic()
    laps = [clock.lap() for _ in range(2000)]
    passed = (time.monotonic() - began) * 1000
    time.sleep(0.05)
    clock.rest()

    assert abs(sum(laps) + clock.lap() - passed) < 25
