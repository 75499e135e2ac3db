"""What a model is told: about its tools, about a reply that cannot be used, about the last turn.

Pure.  Small models follow short sentences; every correction says what was wrong and what to do now.
"""

from __future__ import annotations

from ...states.spec import ASK_PERSON, Spec

__all__ = ["correction", "last_call", "on_tools", "what_now"]

_LISTED = 20  # tools named in one sentence

_WRONG = {
    "broken_json": "Your tool call could not be read: it was not valid JSON in the right form.",
    "cut_by_length": "Your reply was too long and was cut off, so nothing of it was used. Be much shorter.",
    "empty_reply": "Your last reply was empty.",
    "incomplete": "Your last reply broke off before its end, so nothing of it was used.",
    "prompt_cut": "A part of this conversation did not reach you, so your last reply was not used.",
    "repetition": "Your last reply repeated itself without end and was stopped.",
    "thinking_only": "Your last reply was only thinking, without an answer or a call.",
    "too_long": "This conversation was too long for you, so older parts of it are left out now.",
}


def offered(spec: Spec) -> tuple[str, ...]:
    """The names of the tools a model may call, the question to the person included."""
    names = tuple(tool.name for tool in spec.tools)
    return (*names, ASK_PERSON) if spec.ask_person and ASK_PERSON not in names else names


def what_now(spec: Spec, *, last: bool) -> str:
    """What a reply can be at all."""
    names = () if last else offered(spec)
    if not names:
        return "Answer now, in plain text."
    shown = ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")
    return f"Answer in plain text, or call one of: {shown}."


def correction(kind: str, spec: Spec, *, last: bool, more: str = "") -> str:
    """What the model is told about a reply of this kind.

    Args:
        kind: the refusal's kind
        spec: what the run agreed to
        last: whether no tool can be called any more
        more: particulars, a whole sentence
    """
    parts = (_WRONG.get(kind, ""), more, what_now(spec, last=last))
    return " ".join(part for part in parts if part)


def on_tools(spec: Spec) -> str:
    """The one line about tools at the end of the system prompt."""
    asking = f" Call {ASK_PERSON}, alone, when only the person can know." if spec.ask_person else ""
    return f"Call tools to find out and to act; when you are done, answer in plain text.{asking}"


def last_call(reason: str) -> str:
    """What the last, answer-only turn is told.

    Args:
        reason: which limit was reached, as `limit.<name>`
    """
    name = reason.removeprefix("limit.").replace("_", " ")
    return (
        f"The limit of this run is reached ({name}). No tool can be called any more. "
        "Give your final answer now, in plain text, from what you have found; say what is missing."
    )
