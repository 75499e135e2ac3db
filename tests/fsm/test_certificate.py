"""The certificate: the most a run can take; that it is reached is shown by walking small machines to the end."""

from __future__ import annotations

import pytest
from attrs import astuple, evolve
from hypothesis import given

from detent.fsm.certificate import Certificate, certificate
from detent.fsm.fuel import fuel
from detent.fsm.kernel import begin
from detent.states.limits import Limits
from detent.states.names import Approval, AtLimit, Effect
from detent.states.spec import Spec, ToolSpec
from tests.stage import once, put, read, spec_of
from tests.strategies import small_specs


@pytest.mark.parametrize(
    ("effect", "asking", "finishing"),
    [(Effect.READ, 381, 192), (Effect.IDEMPOTENT, 709, 352), (Effect.ONCE, 955, 472)],
)
def test_the_figures_of_the_defaults(effect: Effect, asking: int, finishing: int) -> None:
    """They are promised; a change of one is a change of the promise."""
    approval = Approval.NEVER if effect is Effect.READ else Approval.ALWAYS
    spec = spec_of(ToolSpec(name="a", effect=effect, approval=approval))

    assert certificate(spec, AtLimit.ASK) == Certificate(
        transitions=asking, model_turns=30, model_calls=90, tool_calls=82, attempts=246, wall_seconds=1200
    )
    assert certificate(spec, AtLimit.FINISH) == Certificate(
        transitions=finishing, model_turns=15, model_calls=45, tool_calls=40, attempts=120, wall_seconds=600
    )


@given(spec=small_specs())
def test_it_is_the_fuel_of_the_first_snapshot(spec: Spec) -> None:
    """There is no second formula, and it is within every cap."""
    proven = certificate(spec)
    limits = spec.limits

    assert proven.transitions == fuel(begin(spec, "r", 0))
    assert proven == certificate(spec, spec.at_limit)
    assert 1 <= proven.model_turns <= (limits.cap("model_turns", spec.extensions) or 0)
    assert proven.model_calls == proven.model_turns * (limits.repairs + 1)
    assert 0 <= proven.tool_calls <= (limits.cap("tool_calls", spec.extensions) or 0)
    assert proven.tool_calls <= proven.attempts <= proven.tool_calls * 9
    assert all(type(one) is int for one in astuple(proven))


@given(spec=small_specs())
def test_without_extensions_it_is_no_greater(spec: Spec) -> None:
    """What nobody can grant cannot be spent."""
    asking, finishing = certificate(spec, AtLimit.ASK), certificate(spec, AtLimit.FINISH)

    assert all(one >= other for one, other in zip(astuple(asking), astuple(finishing), strict=True))


def test_a_run_that_begins_with_its_last_answer_calls_nothing() -> None:
    """One turn and its repairs."""
    proven = certificate(spec_of(read(), limits=Limits(model_turns=1, repairs=1, notes=0)), AtLimit.FINISH)

    assert proven == Certificate(
        transitions=2, model_turns=1, model_calls=2, tool_calls=0, attempts=0, wall_seconds=600
    )


def test_attempts_are_those_of_the_chain_that_has_most() -> None:
    """The dearest in clicks need not be the one that is tried most often."""
    limits = Limits(model_turns=2, tool_calls=1, notes=0)
    spec = spec_of(
        once("dear", attempts=2),
        read("stubborn", attempts=6),
        put(attempts=1, fallback=("dear",)),
        limits=limits,
    )

    assert certificate(spec, AtLimit.FINISH).attempts == 6


def test_a_tool_with_a_cap_of_its_own_is_tried_no_more() -> None:
    """The other calls are of other tools."""
    limits = Limits(model_turns=9, tool_calls=5)
    spec = spec_of(read("few", attempts=9, calls=2), read(attempts=2), limits=limits, at_limit=AtLimit.FINISH)

    assert certificate(spec).attempts == 2 * 9 + 3 * 2
    only = evolve(spec, tools=spec.tools[:1])
    assert (certificate(only).tool_calls, certificate(only).attempts) == (2, 18)
