"""EXECUTING: which calls may run, what may be repeated, and what a failure leads to."""

from __future__ import annotations

import pytest

from detent.fsm.kernel import commands, step
from detent.states.calls import key
from detent.states.commands import AwaitLate, AwaitTool, CallTool, StartTool, StopTool
from detent.states.errors import IllegalEvent
from detent.states.events import Approved, CallStarted, Resolved, ToolFailed, ToolReturned
from detent.states.limits import Limits
from detent.states.names import Approval, Effect, GateKind, Phase, Ran, Resolution, State, Status
from detent.states.spec import ToolSpec
from tests.stage import NOW, Stage, once, put, read


def test_a_read_call_is_called_and_needs_no_mark() -> None:
    """CallTool names everything that it takes to run the tool."""
    stage = Stage.of(read(timeout=5)).plans("read")

    assert commands(stage.now) == (CallTool(call="1.0.0", attempt=1, tool="read", arguments="x", timeout=5),)
    with pytest.raises(IllegalEvent, match="needs no mark"):
        stage.starts()


@pytest.mark.parametrize("tool", [put("tool"), once("tool")])
def test_any_other_call_is_marked_before_it_runs(tool: ToolSpec) -> None:
    """StartTool first; its answer turns it into AwaitTool, with the key of the call."""
    stage = Stage.of(tool).plans("tool")
    assert commands(stage.now) == (StartTool(call="1.0.0", attempt=1),)
    with pytest.raises(IllegalEvent, match="not started"):
        stage.returns()

    stage.starts()

    (asked,) = commands(stage.now)
    assert isinstance(asked, AwaitTool)
    assert (asked.key, asked.once) == (key("r", "1.0.0"), tool.effect is Effect.ONCE)


def test_the_key_of_a_call_is_that_of_all_its_attempts() -> None:
    """An IDEMPOTENT tool can tell that it has seen the call before."""
    stage = Stage.of(put()).plans("put").starts()
    (first,) = commands(stage.now)
    stage.fails(transient=True)
    stage.starts(at=stage.call().not_before)
    (second,) = commands(stage.now)

    assert isinstance(first, AwaitTool)
    assert isinstance(second, AwaitTool)
    assert (first.key, first.attempt, second.attempt) == (second.key, 1, 2)


def test_reads_run_side_by_side_and_others_alone() -> None:
    """A call that is neither READ nor parallel waits for all before it and holds back all after it."""
    stage = Stage.of(read(), once(), put(parallel=True)).plans("read", "put", "once", "read")
    assert [type(one) for one in commands(stage.now)] == [CallTool, StartTool]

    stage.returns(0).starts(1).returns(1)
    assert commands(stage.now) == (StartTool(call="1.2.0", attempt=1),)
    with pytest.raises(IllegalEvent, match="not ready"):
        stage.returns(3)

    stage.starts(2).returns(2)
    assert [type(one) for one in commands(stage.now)] == [CallTool]


def test_what_a_failed_call_held_back_does_not_run() -> None:
    """Back up, then delete: the delete is settled as not run when the backup fails."""
    stage = Stage.of(once(), read()).plans("once", "read", "once", asks=()).starts().fails()

    assert stage.now.state is State.OBSERVING
    assert [call.outcome.status for call in stage.now.calls if call.outcome] == [
        Status.FAILED,
        Status.NOT_RUN,
        Status.NOT_RUN,
    ]


def test_a_failed_read_holds_nothing_back() -> None:
    """Nobody waited for it."""
    stage = Stage.of(read(), once()).plans("read", "once").fails()

    assert commands(stage.now) == (StartTool(call="1.1.0", attempt=1),)


def test_every_outcome_in_is_the_end_of_the_turn() -> None:
    """The last result leads to OBSERVING."""
    stage = Stage.of(read()).plans("read", "read").returns(1)
    assert stage.now.state is State.EXECUTING

    assert stage.returns(0).now.state is State.OBSERVING


def test_a_result_comes_once() -> None:
    """A duplicate of a result is refused."""
    stage = Stage.of(read()).plans("read", "read")
    event = stage.attempt(ToolReturned, result="result")
    stage.take(event)

    with pytest.raises(IllegalEvent, match="has its outcome"):
        stage.take(event)


@pytest.mark.parametrize("ran", list(Ran))
@pytest.mark.parametrize("tool", [read("tool"), put("tool")])
def test_what_is_safe_to_repeat_is_repeated(tool: ToolSpec, ran: Ran) -> None:
    """READ and IDEMPOTENT retry a transient failure while attempts are left, whatever ran says."""
    stage = Stage.of(tool).plans("tool")
    for attempt in (1, 2, 3):
        if tool.effect is Effect.IDEMPOTENT:
            stage.starts(at=max(stage.now.at, stage.call().not_before))
        stage.fails(ran=ran, transient=True, at=max(stage.now.at, stage.call().not_before))
        assert stage.call().attempt == min(attempt + 1, 3)

    assert stage.now.state is State.OBSERVING


@pytest.mark.parametrize(
    ("ran", "transient", "phase"),
    [
        (Ran.NO, True, Phase.READY),
        (Ran.NO, False, Phase.SETTLED),
        (Ran.UNKNOWN, True, Phase.DOUBT),
        (Ran.UNKNOWN, False, Phase.DOUBT),
        (Ran.YES, True, Phase.SETTLED),
    ],
)
def test_what_must_not_be_repeated_is_repeated_only_if_it_did_not_run(
    ran: Ran, phase: Phase, *, transient: bool
) -> None:
    """A ONCE attempt that may have run is a question to a person."""
    stage = Stage.of(once()).plans("once").starts().fails(ran=ran, transient=transient)

    assert stage.call().phase is phase
    assert (stage.now.state is State.AWAITING_APPROVAL) == (phase is Phase.DOUBT)


def test_a_retry_waits_longer_each_time() -> None:
    """The wait doubles, with a jitter that is the same in every replay, and never less than the failure asked for."""
    stage = Stage.of(read(attempts=4)).plans("read").fails(transient=True)
    first = stage.call().not_before - NOW
    assert first == 1418  # frozen: it stands in snapshots
    assert 1000 <= first < 1500
    assert commands(stage.now)[0].not_before == NOW + first  # type: ignore[attr-defined]
    with pytest.raises(IllegalEvent, match="waits until"):
        stage.returns()

    stage.fails(transient=True, at=NOW + first)
    second = stage.call().not_before - stage.now.at
    assert 2000 <= second < 3000
    stage.fails(transient=True, at=stage.call().not_before, retry_after=60_000)
    assert stage.call().not_before - stage.now.at == 60_000


def test_a_mark_waits_too() -> None:
    """An attempt that is marked does not start before its time."""
    stage = Stage.of(put()).plans("put").starts().fails(transient=True)
    with pytest.raises(IllegalEvent, match="waits until"):
        stage.starts()

    assert stage.starts(at=stage.call().not_before).call().phase is Phase.STARTED


@pytest.mark.parametrize("tool", [read("tool", fallback=("other",)), once("tool", fallback=("other",))])
def test_a_failure_that_is_not_retried_falls_back(tool: ToolSpec) -> None:
    """The next tool of the chain gets the same arguments, as a new call."""
    stage = Stage.of(tool, read("other")).plans("tool")
    if tool.effect is Effect.ONCE:
        stage.starts()
    stage.fails()

    assert (stage.call().fallback, stage.call().attempt) == (1, 1)
    assert commands(stage.now)[0] == CallTool(
        call="1.0.1", attempt=1, tool="other", arguments="x", timeout=60_000
    )


def test_a_fallback_has_a_gate_of_its_own() -> None:
    """It is asked for when nothing else can run."""
    stage = Stage.of(read(fallback=("once",)), once(parallel=True)).plans("read", "read")
    stage.fails(fallback_asks=True)
    assert stage.now.state.value == "EXECUTING"
    assert stage.now.gates[0].opened == 0

    stage.returns(1)

    assert stage.now.state.value == "AWAITING_APPROVAL"
    assert stage.gate().gate == "approval-1.0.1-1"
    assert stage.decides(Approved).now.state is State.EXECUTING


@pytest.mark.parametrize(("approval", "asks"), [(Approval.ALWAYS, False), (Approval.NEVER, True)])
def test_the_gate_of_a_fallback_follows_its_policy(approval: Approval, *, asks: bool) -> None:
    """A fallback that always asks cannot pass unasked, one that never asks has no gate."""
    stage = Stage.of(read(fallback=("other",)), once("other", approval=approval)).plans("read")

    with pytest.raises(IllegalEvent, match="asks"):
        stage.fails(fallback_asks=asks)


def test_a_rule_lets_a_fallback_pass() -> None:
    """As it lets a call of the same tool pass."""
    stage = Stage.of(read(fallback=("other",)), once("other", approval=Approval.ALWAYS)).plans("read")

    assert stage.fails(fallback_rule="other *").call().phase is Phase.READY


def test_what_ran_never_falls_back() -> None:
    """A ONCE call that had its effect and failed is a failed outcome."""
    stage = Stage.of(once(fallback=("read",)), read()).plans("once").starts().fails(ran=Ran.YES)

    assert (stage.call().fallback, stage.call().settled) == (0, True)


def test_a_late_result_settles_its_doubt() -> None:
    """A result that comes after its attempt was given up is welcome while others run; a failure is not."""
    stage = Stage.of(once(parallel=True), read()).plans("once", "read").starts().fails(ran=Ran.UNKNOWN)
    assert commands(stage.now)[1] == AwaitLate(call="1.0.0", attempt=1)
    with pytest.raises(IllegalEvent, match="not started"):
        stage.fails()

    stage.returns()

    assert (stage.now.gates, stage.now.state) == ((), State.EXECUTING)


def test_a_cancelled_run_waits_for_what_has_started() -> None:
    """StopTool is asked for, nothing new starts, and the last outcome ends the run."""
    stage = Stage.of(put(parallel=True), read()).plans("put", "put", "put", "read").starts(0).starts(1)
    stage.cancels()
    assert commands(stage.now) == (
        StopTool(call="1.0.0", attempt=1),
        StopTool(call="1.1.0", attempt=1),
    )
    with pytest.raises(IllegalEvent, match="has its outcome"):
        stage.take(stage.attempt(CallStarted, 2))
    with pytest.raises(IllegalEvent, match="has its outcome"):
        stage.returns(3)

    stage.fails(0, ran=Ran.UNKNOWN, transient=True)
    assert stage.call(0).phase is Phase.DOUBT
    stage.returns(1)
    assert (stage.now.state, stage.now.reason) == (State.FAILED, "cancelled")


def test_a_cancelled_run_repeats_nothing() -> None:
    """A transient failure is the outcome when the run is being cancelled, and no fallback is tried."""
    stage = Stage.of(put(fallback=("read",)), read()).plans("put").starts().cancels()
    stage.fails(ran=Ran.NO, transient=True)

    assert (stage.call().fallback, stage.call().settled, stage.now.state) == (0, True, State.FAILED)


def test_a_doubt_is_not_settled_while_cancelling() -> None:
    """What stayed in doubt when the run was cancelled stays so."""
    stage = Stage.of(once(parallel=True)).plans("once", "once").starts(0).starts(1)
    stage.fails(0, ran=Ran.UNKNOWN).cancels()

    with pytest.raises(IllegalEvent, match="being cancelled"):
        stage.returns(0)


def test_it_takes_nothing_but_marks_and_outcomes() -> None:
    """A plan, or a decision, is refused while calls run."""
    with pytest.raises(IllegalEvent, match="calls run"):
        Stage.of(read()).plans("read").answers()


def test_a_rerun_after_a_doubt_is_one_more_attempt() -> None:
    """That it did not happen is the yes to one rerun, and spends an attempt."""
    stage = Stage.of(once(attempts=2)).plans("once").starts().fails(ran=Ran.UNKNOWN)
    stage.decides(Resolved, GateKind.DOUBT, how=Resolution.DID_NOT_HAPPEN)

    assert commands(stage.now) == (StartTool(call="1.0.0", attempt=2),)


def test_the_order_of_parallel_results_does_not_show() -> None:
    """Two results at one time give one snapshot, whichever comes first."""
    stage = Stage.of(read(fallback=("once",)), once(parallel=True), limits=Limits(gate_seconds=9)).plans(
        "read", "read"
    )
    one = stage.attempt(ToolFailed, 0, error="broken", fallback_asks=True)
    two = stage.attempt(ToolFailed, 1, error="broken", fallback_asks=True)

    assert step(step(stage.now, one), two) == step(step(stage.now, two), one)
