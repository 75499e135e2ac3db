"""What a person says, turned into the event that settles a gate.

A verdict is what the person said (approve, deny, edit, answer, resolve); which event that is depends on the gate:
approving a limit is one extension.  The verdict quotes the digest of what was shown, so a gate that has changed
since refuses it.
"""

from __future__ import annotations

import getpass
import os
from typing import Any

from attrs import asdict, frozen

from ...states.calls import named
from ...states.canonical import check_text, parse
from ...states.commands import StopTool
from ...states.errors import BadValue, GateSettled, NotFound, UsageError
from ...states.events import (
    Answered,
    Approved,
    Cancelled,
    Decision,
    Denied,
    Edited,
    Extended,
    GateExpired,
    Resolved,
    Told,
    ToolFailed,
)
from ...states.gates import Gate, binding
from ...states.names import GateKind, Ran, Resolution, State
from ...states.snapshot import Snapshot
from ...states.texts import Text, text
from ..history import error_text
from .journal import Fact

__all__ = [
    "Verdict",
    "cancel_fact",
    "decision_fact",
    "digest_of",
    "expiry",
    "gate_of",
    "note_fact",
    "overdue",
    "person",
    "stopped_fact",
    "verdict_of",
]

MOST = {"result": 16 * 1024 * 1024}  # bytes of a text by its kind
MOST_SAID = 256 * 1024  # bytes of what a person says otherwise: it stands before the model whole

OFFERED: dict[GateKind, tuple[str, ...]] = {
    GateKind.APPROVAL: ("approve", "deny", "edit"),
    GateKind.DOUBT: ("happened", "failed", "did_not_happen"),
    GateKind.QUESTION: ("answer", "deny"),
    GateKind.LIMIT: ("approve", "deny"),
    GateKind.LOOP: ("answer", "deny"),
}


@frozen(kw_only=True)
class Verdict:
    """What a person said at a gate.

    Args:
        gate: the gate's id
        how: approve, deny, edit, answer, happened, failed, or did_not_happen
        digest: what was shown to the person
        text: the reason, the answer, the result, or the edited arguments as JSON
        by: who it was
    """

    gate: str
    how: str
    digest: str
    text: str = ""
    by: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON for the inbox."""
        return asdict(self)


def verdict_of(body: dict[str, Any]) -> Verdict:
    """The verdict of an inbox entry."""
    return Verdict(**body)


def person() -> str:
    """Who is at the keyboard, and at which, for the record."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        return ""
    for file in (0, 2):
        try:
            return f"{who} from {os.ttyname(file).removeprefix('/dev/')}"
        except OSError:
            continue
    return who


def gate_of(snapshot: Snapshot, name: str | None) -> Gate:
    """The open gate a person means: by id, or a part of it; the only one if none is named.

    Raises:
        NotFound: no gate is open, or none of that name
        GateSettled: the gate was settled before
        UsageError: several gates are open and none is named
    """
    short = snapshot.run[:6]
    if not snapshot.gates:
        hint = f"See  detent show {short}."
        if not snapshot.state.live:
            over = f"Run {short} is over ({snapshot.reason}); nothing waits for a person there."
            raise GateSettled(over, hint) if name else NotFound(over, hint)
        if name:
            raise GateSettled(f"Gate {name} of run {short} is settled; nothing waits for a person.", hint)
        raise NotFound(f"Run {short} has no open gate.", hint)
    listed = ", ".join(gate.id for gate in snapshot.gates)
    if name is None:
        if len(snapshot.gates) > 1:
            raise UsageError(
                f"Run {short} has {len(snapshot.gates)} open gates: {listed}.", "Name one, or use --all."
            )
        return snapshot.gates[0]
    found = [gate for gate in snapshot.gates if gate.id == name] or [
        gate for gate in snapshot.gates if gate.id.startswith(name)
    ]
    if len(found) != 1:
        raise NotFound(f"Run {short} has no open gate {name}.", f"Open are: {listed}.")
    return found[0]


def digest_of(snapshot: Snapshot, gate: Gate) -> str:
    """What a decision about this gate must quote."""
    return binding(snapshot.run, snapshot.spec, gate, snapshot.calls)


def decision_fact(snapshot: Snapshot, verdict: Verdict, at: int, inbox: tuple[int, ...] = ()) -> Fact:
    """The fact that a verdict is.

    Raises:
        NotFound, GateSettled: the gate is not open, or shows something else by now
        UsageError: the gate cannot be settled that way, or has expired
        BadValue: edited arguments that do not fit, or a text that cannot be kept
    """
    gate = gate_of(snapshot, verdict.gate)
    if verdict.how not in OFFERED[gate.kind]:
        can = ", ".join(OFFERED[gate.kind])
        raise UsageError(
            f"A gate about {_about(gate)} cannot be settled with {verdict.how}.", f"It takes: {can}."
        )
    if snapshot.state is not State.AWAITING_APPROVAL:
        raise UsageError(
            f"Gate {gate.id} is not open yet: other calls of its plan still run.",
            f"Wait for them; where nobody drives the run, go on with  detent resume {snapshot.run[:6]}.",
        )
    if verdict.digest != digest_of(snapshot, gate):
        raise GateSettled(
            f"Gate {gate.id} shows something else by now.",
            f"Look again:  detent show {snapshot.run[:6]}.",
        )
    if 0 < gate.expires <= at:
        hint = f"Go on without an answer:  detent resume {snapshot.run[:6]}."
        raise UsageError(f"Gate {gate.id} has expired.", hint)
    common: dict[str, Any] = {
        "run": snapshot.run,
        "at": at,
        "gate": gate.id,
        "digest": verdict.digest,
        "by": verdict.by,
    }
    event, texts, extras = _event(snapshot, gate, verdict, common)
    return Fact(event, texts=texts, extras=extras, inbox=inbox)


def overdue(snapshot: Snapshot, at: int) -> Gate | None:
    """An open gate whose time is up."""
    return next((gate for gate in snapshot.gates if 0 < gate.expires <= at), None)


def expiry(snapshot: Snapshot, gate: str, at: int) -> Fact:
    """The fact that nobody settled a gate in time."""
    return Fact(GateExpired(run=snapshot.run, at=at, gate=gate))


Made = tuple[Decision, tuple[Text, ...], tuple[Text, ...]]


def _event(snapshot: Snapshot, gate: Gate, verdict: Verdict, common: dict[str, Any]) -> Made:
    match verdict.how:
        case "approve" if gate.kind is GateKind.LIMIT:
            return Extended(**common), (), ()
        case "approve":
            return Approved(**common), (), ()
        case "deny":
            reason = _denial(gate, verdict.text)
            return Denied(**common, reason=reason.digest if reason else ""), (reason,) if reason else (), ()
        case "edit":
            made = text("arguments", _arguments(snapshot, gate, verdict.text))
            return Edited(**common, arguments=made.digest), (), (made,)
        case "answer":
            said = _said("reply" if gate.kind is GateKind.QUESTION else "hint", verdict.text)
            return Answered(**common, answer=said.digest), (said,), ()
        case _:
            return _resolved(snapshot, gate, verdict, common)


def _arguments(snapshot: Snapshot, gate: Gate, written: str) -> str:
    """The canonical bytes of a person's own arguments, checked against the schema that the run agreed to."""
    from ...tools.checking import Checker  # noqa: PLC0415 - compiles a schema, and most people edit nothing

    tool = named(snapshot.spec, snapshot.calls[gate.call])
    hint = f"Give all arguments of {tool.name}, as one JSON object."
    try:
        return Checker(tool.name, tool.parameters)(parse(written))
    except BadValue as error:
        raise type(error)(error.message, error.hint or hint) from error


def _said(kind: str, body: str) -> Text:
    """What a person said, if it can be kept."""
    size, most = len(check_text(body).encode()), MOST.get(kind, MOST_SAID)
    if size > most:
        raise BadValue(
            f"A {kind} of {size:,} bytes is too long; {most:,} can be kept.",
            "Say it in fewer words, or name a file that a tool reads.",
        )
    return text(kind, body)


def _denial(gate: Gate, reason: str) -> Text | None:
    if not reason:
        asked = gate.kind in (GateKind.APPROVAL, GateKind.QUESTION)
        return error_text("denied", "The person said no.") if asked else None
    said = _said("hint", reason)
    if gate.kind in (GateKind.APPROVAL, GateKind.QUESTION):
        return error_text("denied", f"The person said no: {reason}")
    return said


def _resolved(snapshot: Snapshot, gate: Gate, verdict: Verdict, common: dict[str, Any]) -> Made:
    how = Resolution(verdict.how)
    call = snapshot.calls[gate.call]
    if how is Resolution.DID_NOT_HAPPEN:
        if call.attempt >= call.attempts:
            hint = "Say what happened instead: --happened RESULT or --failed REASON."
            raise UsageError(f"{call.tool} has no attempt left, so it cannot be run again.", hint)
        return Resolved(**common, how=how), (), ()
    if how is Resolution.HAPPENED:
        said = _said("result", verdict.text)
    else:
        said = error_text("failed", _said("reason", verdict.text).body or "It failed.")
    return Resolved(**common, how=how, result=said.digest), (said,), ()


def _about(gate: Gate) -> str:
    return {GateKind.DOUBT: "a call in doubt"}.get(gate.kind, f"{gate.kind.value}")


def note_fact(snapshot: Snapshot, note: str, at: int, inbox: tuple[int, ...] = ()) -> Fact:
    """The fact that a person told the run something.

    Raises:
        UsageError: there is nothing in it, or the run takes no more
        BadValue: it cannot be kept
    """
    short, most = snapshot.run[:6], snapshot.spec.limits.notes
    _check_going(snapshot)
    if not note.strip():
        raise UsageError("The note is empty.", "Say something.")
    if not most:
        raise UsageError(f"Run {short} takes no notes.", "A workflow's steps are fixed.")
    if snapshot.told >= most:
        raise UsageError(f"Run {short} has taken {most} notes, and takes no more.", "Its limit is  notes.")
    said = _said("note", note)
    return Fact(
        Told(run=snapshot.run, at=at, number=snapshot.told + 1, note=said.digest), texts=(said,), inbox=inbox
    )


def cancel_fact(snapshot: Snapshot, by: str, at: int, inbox: tuple[int, ...] = ()) -> Fact:
    """The fact that a person ended the run.

    Raises:
        UsageError: it is being ended already
    """
    _check_going(snapshot)
    return Fact(Cancelled(run=snapshot.run, at=at, by=by), inbox=inbox)


def stopped_fact(snapshot: Snapshot, command: StopTool, at: int) -> Fact:
    """The fact that a started attempt was stopped, or that nobody is left who could tell of it."""
    message = error_text("cancelled", "It was stopped; nobody knows how far it came.")
    event = ToolFailed(
        run=snapshot.run,
        at=at,
        call=command.call,
        attempt=command.attempt,
        error="cancelled",
        message=message.digest,
        ran=Ran.UNKNOWN,
    )
    return Fact(event, texts=(message,))


def _check_going(snapshot: Snapshot) -> None:
    """Whether the run still takes what any live run takes."""
    short = snapshot.run[:6]
    if not snapshot.state.live:
        raise UsageError(f"Run {short} is over ({snapshot.reason}).", f"See  detent show {short}.")
    if snapshot.cancelling:
        raise UsageError(f"Run {short} is being ended already.", "It waits for its tools to stop.")
