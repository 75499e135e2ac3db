"""Gates: questions that only a person can settle, and what a decision binds.

A gate's id is made of what it is about, so it never repeats; the digest that a decision must quote covers the
run, the gate, the tool with its version and the exact argument bytes, and no seq (which would depend on the order
in which parallel results arrived).
"""

from __future__ import annotations

from attrs import frozen

from .calls import Call, call_id, named
from .canonical import canonical, digest
from .names import GateKind
from .spec import Spec

__all__ = ["Gate", "binding", "call_gate", "turn_gate"]


@frozen(kw_only=True, slots=False)
class Gate:
    """One open question.

    Args:
        id: kind, then call and attempt, or turn and extensions used
        kind: what is asked
        call: the place of the call it is about; -1 for none
        name: the limit that was reached; empty for other kinds
        text: digest of a question's text
        opened: when it was put to the person, milliseconds; 0 while calls of the plan still run
        expires: when it expires, milliseconds; 0 is never
    """

    id: str
    kind: GateKind
    call: int = -1
    name: str = ""
    text: str = ""
    opened: int = 0
    expires: int = 0


def call_gate(kind: GateKind, turn: int, index: int, call: Call) -> Gate:
    """The gate about one attempt of a call."""
    return Gate(
        id=f"{kind.value}-{call_id(turn, index, call.fallback)}-{call.attempt}", kind=kind, call=index
    )


def turn_gate(kind: GateKind, turn: int, extensions: int, *, name: str = "", text: str = "") -> Gate:
    """The gate about a turn: a question, a limit, a loop."""
    return Gate(id=f"{kind.value}-{turn}-{extensions}", kind=kind, name=name, text=text)


def binding(run: str, spec: Spec, gate: Gate, calls: tuple[Call, ...]) -> str:
    """The digest a decision must quote: exactly what was shown."""
    bound: dict[str, object] = {"run": run, "gate": gate.id}
    if gate.call >= 0:
        call = calls[gate.call]
        tool = named(spec, call)
        bound |= {"tool": tool.name, "version": tool.version, "arguments": call.arguments}
    if gate.name:
        bound["limit"] = gate.name
    if gate.text:
        bound["question"] = gate.text
    return digest("gate", canonical(bound))
