"""What is said to follow a yes and a no: bounds that no run breaks."""

from __future__ import annotations

from random import Random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.decisions import Verdict, decision_fact, digest_of
from detent.fsm.drivers.foreseeing import consequences
from detent.fsm.kernel import begin, step
from detent.states import AtLimit, Effect, GateKind, Limits, Snapshot, Spec
from detent.states.calls import Call, named
from detent.states.events import Cancelled, Denied, Extended, PlanRefused, Told
from detent.states.gates import Gate
from detent.states.names import Phase, State
from tests.moves import legal_events
from tests.stage import Stage, once, put, read
from tests.strategies import small_specs


def consequences_of(head: Snapshot) -> list[tuple[Gate, dict[str, dict[str, int]]]]:
    """The gates that can be settled with a yes or a no now, each with what may follow."""
    return [(gate, made) for gate in head.gates if (made := consequences(head, gate))]


def _waiting(head: Snapshot, chance: Random) -> Snapshot:
    """A run from its beginning to a gate that takes a yes or a no."""
    for _ in range(60):
        if not head.state.live or consequences_of(head):
            break
        listed = list(legal_events(head, width=3, results=2))
        going = [one for one in listed if not isinstance(one, Cancelled | PlanRefused | Denied)]
        head = step(head, chance.choice(going or listed))
    return head


def _names(head: Snapshot, *, but: int) -> dict[str, Call]:
    """The calls of a turn by place, but one."""
    return {f"{head.turn}.{place}": call for place, call in enumerate(head.calls) if place != but}


@settings(max_examples=300)
@given(small_specs(), st.integers(0, 2**32), st.sampled_from(["yes", "no"]))
def test_no_run_does_more_than_was_foreseen(spec: Spec, seed: int, how: str) -> None:
    """Whatever follows a yes or a no, without another person's grant, stays within the figures that were shown."""
    chance = Random(seed)
    head = _waiting(begin(spec, "r", 1000), chance)
    asked = consequences_of(head)
    if not asked:
        return
    gate, foreseen = chance.choice(asked)
    most = foreseen[how]
    verdict = Verdict(gate=gate.id, how="approve" if how == "yes" else "deny", digest=digest_of(head, gate))
    now = step(head, decision_fact(head, verdict, head.at).event)
    own = gate.call if how == "yes" else -1
    mine = f"{now.turn}.{own}"
    calls = sum(not call.settled for call in _names(now, but=own).values())
    clicks, turns, undone = 0, int(now.state is State.PLANNING), set[str]()
    while now.state.live and clicks < 200:
        listed = [one for one in legal_events(now, width=3, results=2) if not isinstance(one, Extended)]
        going = [one for one in listed if not isinstance(one, Cancelled | PlanRefused)]
        if not listed:
            break
        after = step(now, chance.choice(going or listed))
        clicks, turns = clicks + 1, turns + after.usage.model_turns - now.usage.model_turns
        calls += after.usage.tool_calls - now.usage.tool_calls
        for name, call in _names(after, but=-1).items():
            if call.phase in (Phase.STARTED, Phase.DOUBT) and named(spec, call).effect is Effect.ONCE:
                undone |= {name} - {mine}
        now = after
    event(f"{how} {gate.kind.value}, {min(3, calls)} calls, {min(2, len(undone))} undone")
    assert clicks <= most["clicks"]
    assert turns <= most["turns"]
    assert calls <= most["calls"]
    assert len(undone) <= most["irreversible"] <= most["calls"]


def test_the_figures_are_those_of_the_limits() -> None:
    """One call of forty is asked about: thirty-nine are left after a yes, and as many after a no."""
    head = Stage.of(once(), read(), put(calls=2)).plans("once", asks=("once",)).now

    made = consequences(head, head.gates[0])

    assert {name: made["yes"][name] for name in ("calls", "irreversible", "turns", "seconds")} == {
        "calls": 39, "irreversible": 39, "turns": 14, "seconds": 600,
    }  # fmt: skip
    assert made["no"]["calls"] == 39
    assert made["no"]["clicks"] < made["yes"]["clicks"]


def test_a_tool_that_may_be_called_twice_counts_twice() -> None:
    """Where the tools have caps of their own, no more is foreseen than they allow."""
    head = Stage.of(once(calls=3), put(calls=2)).plans("once", "once", asks=("once",)).now

    yes = consequences(head, head.gates[0])["yes"]

    assert (yes["calls"], yes["irreversible"]) == (1 + 1 + 2, 1 + 1)


def test_a_fallback_that_cannot_be_undone_counts() -> None:
    """A harmless tool that falls back to one that is not may lead to it."""
    head = Stage.of(put(fallback=("once",)), once(calls=1)).plans("put", asks=("put",)).now

    yes = consequences(head, head.gates[0])["yes"]

    assert yes["irreversible"] == yes["calls"] == 39


def test_the_last_answer_has_no_calls() -> None:
    """A no to more of the limits leaves one reply and nothing else."""
    limits = Limits(model_turns=2, tool_calls=5)
    stage = Stage.of(read(), limits=limits, at_limit=AtLimit.ASK).plans("read")
    head = stage.returns().observes().now
    assert head.gates[0].kind is GateKind.LIMIT

    made = consequences(head, head.gates[0])

    assert (made["no"]["calls"], made["no"]["turns"]) == (0, 1)
    assert made["yes"]["calls"] > 0


def test_a_gate_that_has_expired_meanwhile_is_still_told() -> None:
    """A gate whose time is over, and that nobody closed yet, breaks nothing."""
    head = Stage.of(once(), limits=Limits(gate_seconds=1)).plans("once", asks=("once",)).now
    later = step(head, Told(run=head.run, at=head.at + 5000, number=1, note="n"))

    assert consequences(later, later.gates[0])["yes"]["calls"] == 39


def test_a_question_has_no_yes() -> None:
    """Only a gate that takes a yes or a no has figures for them."""
    head = Stage.of(ask_person=True).asks().now

    assert consequences(head, head.gates[0]) == {}
