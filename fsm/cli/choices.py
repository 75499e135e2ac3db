"""What may be typed at a gate, as data: the letters, how each settles the gate, and which one is the harmless one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from attrs import frozen

__all__ = ["AGAIN", "ALLOW", "HARMLESS", "LEAVE", "VIEW", "offer", "understood", "unoffered"]

LEAVE, VIEW, AGAIN, ALLOW = "leave", "view", "again", "allow"

View = Mapping[str, Any]


@frozen
class Choice:
    """One way to settle a gate.

    Args:
        words: what is typed for it; the first is shown
        how: how the gate is settled
        label: what it means
        text: whether more may be typed behind the word, a reason or a result
        otherwise: that text, where nothing is typed
    """

    words: tuple[str, ...]
    how: str
    label: str
    text: bool = False
    otherwise: str = ""


_LEAVE = Choice(("q", "quit"), LEAVE, "leave it waiting")
_VIEW = Choice(("v", "view"), VIEW, "view all")
_FINISH = Choice(("f", "finish"), "deny", "finish with a last answer")

CHOICES: dict[str, tuple[Choice, ...]] = {
    "approval": (
        Choice(("y", "yes"), "approve", "yes, this once"),
        Choice(("a", "always"), ALLOW, "yes, and from now on"),
        Choice(("n", "no"), "deny", "no, because …", text=True),
        Choice(("e", "edit"), "edit", "edit"),
        _VIEW,
        _LEAVE,
    ),
    "doubt": (
        Choice(
            ("h", "happened"),
            "happened",
            "it happened, the result was …",
            text=True,
            otherwise="It happened; what it gave is not known.",
        ),
        Choice(("f", "failed"), "failed", "it failed, because …", text=True),
        Choice(("r", "run"), "did_not_happen", "it did not: run it now"),
        _VIEW,
        _LEAVE,
    ),
    "question": (Choice(("n", "no"), "deny", "give no answer"), _LEAVE),
    "limit": (Choice(("m", "more"), "approve", "one more helping of every limit"), _FINISH, _LEAVE),
    "loop": (_FINISH, _LEAVE),
}
FREE = {"question": "Type your answer.", "loop": "Type what it should do instead."}
HARMLESS = {"approval": "n", "doubt": "q", "question": "q", "limit": "f", "loop": "q"}
RERUN = "did_not_happen"


def offer(view: View, without: Collection[str] = ()) -> tuple[str, ...]:
    """The choices at a gate, each with its letter.

    Args:
        view: the gate
        without: what cannot be chosen here
    """
    kind = view["kind"]
    offered = (one for one in CHOICES[kind] if one.how not in without and not unoffered(view, one.how))
    shown = (f"({one.words[0]}) {one.label}" for one in offered)
    return (*((FREE[kind],) if kind in FREE else ()), *shown)


def understood(view: View, typed: str, without: Collection[str] = ()) -> tuple[str, str]:
    """What a person typed at a gate: how it settles the gate and the text that belongs to it.

    The empty answer is the harmless one.  A word that is none of the choices is the answer where one is asked for,
    and else `AGAIN`, as is a choice that is not offered, with why.
    """
    kind = view["kind"]
    word, _, rest = (typed.strip() or HARMLESS[kind]).partition(" ")
    rest = rest.strip().removeprefix("because ").strip()
    for one in CHOICES[kind]:
        if one.how not in without and word.lower() in one.words and (one.text or not rest):
            why = unoffered(view, one.how)
            return (AGAIN, why) if why else (one.how, rest or one.otherwise)
    return ("answer", typed.strip()) if kind in FREE else (AGAIN, "")


def unoffered(view: View, how: str) -> str:
    """Why a choice is not offered at this gate; empty where it is."""
    if how == ALLOW and not view["allow"]:
        return "No rule can be written for this call."
    if how != RERUN:
        return ""
    if view["still_running"]:
        return "It still runs, so it may yet happen: it cannot be run again for now."
    return "" if view["rerun"] else "It has no attempt left, so it cannot be run again."
