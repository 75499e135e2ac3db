"""What may be typed at a gate, as data: the letters, how each settles the gate, and which one is the harmless one."""

from __future__ import annotations

from attrs import frozen

__all__ = ["AGAIN", "HARMLESS", "LEAVE", "VIEW", "offer", "understood"]

LEAVE, VIEW, AGAIN = "leave", "view", "again"


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
        Choice(("n", "no"), "deny", "no, because …", text=True),
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


def offer(kind: str, *, rerun: bool = True) -> str:
    """The choices at a gate of this kind, on one line.

    Args:
        kind: of the gate
        rerun: whether a call in doubt may be run again
    """
    shown = [f"({one.words[0]}) {one.label}" for one in CHOICES[kind] if rerun or one.how != RERUN]
    return "   ".join([*((FREE[kind],) if kind in FREE else ()), *shown])


def understood(kind: str, typed: str) -> tuple[str, str]:
    """What a person typed at a gate of this kind: how it settles the gate and the text that belongs to it.

    The empty answer is the harmless one.  A word that is none of the choices is the answer where one is asked for,
    and else `AGAIN`.
    """
    word, _, rest = (typed.strip() or HARMLESS[kind]).partition(" ")
    rest = rest.strip().removeprefix("because ").strip()
    for one in CHOICES[kind]:
        if word.lower() in one.words and (one.text or not rest):
            return one.how, rest or one.otherwise
    return ("answer", typed.strip()) if kind in FREE else (AGAIN, "")
