"""What a person says, turned into the event that settles a gate.

A verdict is what the person said (approve, deny, edit, answer, resolve); which event that is depends on the gate:
approving a limit is one extension.  The verdict quotes the digest of what was shown, so a gate that has changed
since refuses it.
"""

from __future__ import annotations

import getpass
from typing import Any

from attrs import asdict, frozen

from ...states.canonical import parse
from ...states.errors import GateSettled, NotFound, UsageError
from ...states.events import Answered, Approved, Cancelled, Decision, Denied, Edited, Extended, Resolved, Told
from ...states.gates import Gate, binding
from ...states.names import GateKind, Resolution
from ...states.snapshot import Snapshot
from ...states.texts import Text, text
from ..history import error_text
from .journal import Fact

__all__ = [
    "Verdict",
    "cancel_fact",
    "decision_fact",
    "digest_of",
    "gate_of",
    "note_fact",
    "person",
    "verdict_of",
]

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
    """Who is at the keyboard, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


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
        NotFound, GateSettled: the gate is not open
        UsageError: the gate cannot be settled that way
        BadValue: edited arguments that are not JSON
    """
    gate = gate_of(snapshot, verdict.gate)
    if verdict.how not in OFFERED[gate.kind]:
        can = ", ".join(OFFERED[gate.kind])
        raise UsageError(
            f"A gate about {_about(gate)} cannot be settled with {verdict.how}.", f"It takes: {can}."
        )
    common: dict[str, Any] = {
        "run": snapshot.run,
        "at": at,
        "gate": gate.id,
        "digest": verdict.digest,
        "by": verdict.by,
    }
    event, texts, extras = _event(snapshot, gate, verdict, common)
    return Fact(event, texts=texts, extras=extras, inbox=inbox)


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
            made = text("arguments", verdict.text)
            parse(verdict.text)
            return Edited(**common, arguments=made.digest), (), (made,)
        case "answer":
            said = text("reply" if gate.kind is GateKind.QUESTION else "hint", verdict.text)
            return Answered(**common, answer=said.digest), (said,), ()
        case _:
            return _resolved(snapshot, gate, verdict, common)


def _denial(gate: Gate, reason: str) -> Text | None:
    if gate.kind in (GateKind.APPROVAL, GateKind.QUESTION):
        return error_text("denied", f"The person said no: {reason}" if reason else "The person said no.")
    return text("hint", reason) if reason else None


def _resolved(snapshot: Snapshot, gate: Gate, verdict: Verdict, common: dict[str, Any]) -> Made:
    how = Resolution(verdict.how)
    call = snapshot.calls[gate.call]
    if how is Resolution.DID_NOT_HAPPEN:
        if call.attempt >= call.attempts:
            hint = "Say what happened instead: --happened RESULT or --failed REASON."
            raise UsageError(f"{call.tool} has no attempt left, so it cannot be run again.", hint)
        return Resolved(**common, how=how), (), ()
    if how is Resolution.HAPPENED:
        said = text("result", verdict.text)
    else:
        said = error_text("failed", verdict.text or "It failed.")
    return Resolved(**common, how=how, result=said.digest), (said,), ()


def _about(gate: Gate) -> str:
    return {GateKind.DOUBT: "a call in doubt"}.get(gate.kind, f"{gate.kind.value}")


def note_fact(snapshot: Snapshot, note: str, at: int, inbox: tuple[int, ...] = ()) -> Fact:
    """The fact that a person told the run something."""
    said = text("note", note)
    return Fact(
        Told(run=snapshot.run, at=at, number=snapshot.told + 1, note=said.digest), texts=(said,), inbox=inbox
    )


def cancel_fact(snapshot: Snapshot, by: str, at: int, inbox: tuple[int, ...] = ()) -> Fact:
    """The fact that a person ended the run."""
    return Fact(Cancelled(run=snapshot.run, at=at, by=by), inbox=inbox)
