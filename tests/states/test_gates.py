"""Gates: what they are called, and what a decision binds."""

from __future__ import annotations

from attrs import evolve

from detent.states.calls import Call
from detent.states.gates import binding, call_gate, turn_gate
from detent.states.names import GateKind, Phase
from tests.stage import once, spec_of

SPEC = spec_of(once(), once("other", version=2))
CALL = Call(tool="once", arguments="x", attempts=3, phase=Phase.PROPOSED)


def bound(call: Call = CALL, run: str = "r", turn: int = 1) -> str:
    """What a decision about this call has to quote."""
    return binding(run, SPEC, call_gate(GateKind.APPROVAL, turn, 0, call), (call,))


def test_the_name_of_a_gate_is_what_it_is_about() -> None:
    """So it never repeats in a run."""
    gate = call_gate(GateKind.DOUBT, 3, 1, evolve(CALL, attempt=2, fallback=1))
    assert (gate.id, gate.call) == ("doubt-3.1.1-2", 1)

    limit = turn_gate(GateKind.LIMIT, 4, 2, name="tokens")
    assert (limit.id, limit.call, limit.name) == ("limit-4-2", -1, "tokens")


def test_a_yes_means_exactly_what_was_shown() -> None:
    """Another run, turn, attempt, tool, version or argument is another digest."""
    others = [
        bound(run="s"),
        bound(turn=2),
        bound(evolve(CALL, arguments="y")),
        bound(evolve(CALL, tool="other")),
        bound(evolve(CALL, attempt=2)),
    ]
    raised = spec_of(once(version=2))
    others.append(binding("r", raised, call_gate(GateKind.APPROVAL, 1, 0, CALL), (CALL,)))

    assert len({bound(), *others}) == 7
    assert bound()[:15] == "sha256:be48b378"  # frozen: a person may hold it for days


def test_a_question_and_a_limit_are_bound_too() -> None:
    """By their words and their names."""
    asked = [turn_gate(GateKind.QUESTION, 1, 0, text=text) for text in ("a", "b")]
    named = [turn_gate(GateKind.LIMIT, 1, 0, name=name) for name in ("tokens", "money")]

    assert len({binding("r", SPEC, gate, ()) for gate in (*asked, *named)}) == 4
