"""Guards: named questions about a transition."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from detent.fsm import guards
from detent.fsm.kernel import Transition
from detent.states.events import Approved, Extended
from detent.states.limits import Limits
from detent.states.names import PlanKind
from tests.stage import Stage, once, put, read


def holds(name: str, stage: Stage) -> bool:
    """What a guard says of a stage's last click."""
    click = stage.click
    assert isinstance(click, Transition)
    value: bool = getattr(guards, name)(click.before, click.event, click.after)
    return value


CASES: dict[str, tuple[Callable[[], Stage], Callable[[], Stage]]] = {
    "reply_is_unusable": (lambda: Stage.of(read()).plans(), lambda: Stage.of(read()).plans("read")),
    "plan_ends_the_run": (
        lambda: Stage.of(read()).answers(),
        lambda: Stage.of(read()).hears().answers(notes=0),
    ),
    "plan_is_an_answer": (lambda: Stage.of(read()).answers(), lambda: Stage.of(read()).plans("read")),
    "plan_is_a_question": (lambda: Stage.of(ask_person=True).asks(), lambda: Stage.of(read()).answers()),
    "plan_has_calls": (lambda: Stage.of(read()).plans("read"), lambda: Stage.of(read()).answers()),
    "plan_gives_up": (
        lambda: _gives_up(Stage.of(read())),
        lambda: Stage.of(read()).answers(),
    ),
    "a_gate_is_open": (
        lambda: Stage.of(once()).plans("once", asks=("once",)),
        lambda: Stage.of(once()).plans("once", asks=("once",)).decides(Approved),
    ),
    "a_call_can_run": (
        lambda: Stage.of(read()).plans("read"),
        lambda: Stage.of(read()).plans("read").returns(),
    ),
    "calls_remain": (
        lambda: Stage.of(read()).plans("read").returns(),
        lambda: (
            Stage.of(read(), limits=Limits(model_turns=2))
            .plans("read")
            .returns()
            .observes()
            .decides(Extended)
        ),
    ),
    "cancelling": (
        lambda: Stage.of(put()).plans("put").starts().cancels(),
        lambda: Stage.of(put()).cancels(),
    ),
    "the_run_has_failed": (
        lambda: Stage.of(read(), limits=Limits(repairs=0)).refuses(),
        lambda: Stage.of(read()).refuses(),
    ),
}


def _gives_up(stage: Stage) -> Stage:
    return stage.take(stage.planned(PlanKind.GIVE_UP))


@pytest.mark.parametrize("name", [name for name in guards.__all__ if name != "Guard"])
def test_a_guard_says_what_its_name_says(name: str) -> None:
    """It holds for the one click and not for the other, and is explained."""
    yes, no = CASES[name]

    assert holds(name, yes()) is True
    assert holds(name, no()) is False
    assert getattr(guards, name).__doc__


def test_a_call_that_is_out_can_run() -> None:
    """A started attempt is waited for, also while cancelling."""
    stage = Stage.of(put()).plans("put").starts()
    assert holds("a_call_can_run", stage)

    assert holds("a_call_can_run", stage.cancels())
