"""Reading a reply: from what arrived to a plan, or to a refusal with its correction.

Pure, and it never raises: whatever a model says is either usable or refused under one word.  Nothing of a refused
reply runs, not even its good calls.  In the last, answer-only turn calls are ignored and text counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from ...states.canonical import canonical, parse
from ...states.commands import MakePlan
from ...states.errors import BadValue
from ...states.limits import NOTHING, Spent
from ...states.names import PlanKind
from ...states.spec import ASK_PERSON, Spec
from ..history import Turn, TurnCall
from ..models.door import RawCall, Reply
from .planner import Planned, Refused
from .rescue import announces, before_call, calls_in, mended, split_thinking
from .words import correction, offered

__all__ = ["Check", "read_reply"]

Check = Callable[
    [str, Any], str
]  # (tool, value) -> canonical arguments; raises BadValue in words for the model

_QUOTED = 200  # characters of a bad call that its correction quotes
_SWALLOWED = 3  # tokens of an empty reply from which on the server must have swallowed something
_ID = 64  # characters a server's call id may have
_PLACEHOLDER = "(no usable reply)"


class _Bad(Exception):
    """A refusal on its way out of this file's functions."""

    def __init__(self, kind: str, more: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.more = more


def read_reply(
    spec: Spec, command: MakePlan, reply: Reply, check: Check, *, rescue: bool = True
) -> Planned | Refused:
    """What a reply means.

    Args:
        spec: what the run agreed to
        command: what was ordered
        reply: what arrived
        check: gives a tool's canonical arguments, or raises BadValue in words for the model
        rescue: whether a call that was written as text is taken
    """
    facts: dict[str, Any] = {"prompt_tokens": reply.prompt_tokens, "reply_tokens": reply.reply_tokens}
    read = 0 if reply.error == "too_long" else reply.prompt_tokens  # counted, but not read
    tokens = read + reply.reply_tokens
    spent = Spent(tokens=tokens, milliseconds=reply.took_ms) if tokens or reply.took_ms else NOTHING
    thought, content = split_thinking(reply.content)
    content = _clean(content).strip()
    thinking = "\n".join(part for part in (_clean(reply.thinking).strip(), _clean(thought)) if part)
    calls: tuple[TurnCall, ...] = ()
    try:
        if command.last:
            kind, answer = PlanKind.ANSWER, _last_text(reply, content, thinking)
        else:
            raw = _raw(spec, reply, content, thinking, facts, rescue=rescue)
            kind, calls, answer = _plan(spec, raw, content, check, facts)
    except _Bad as bad:
        return Refused(
            kind=bad.kind,
            turn=Turn(content=content or _PLACEHOLDER, thinking=thinking),
            correction=correction(bad.kind, spec, last=bool(command.last), more=_clean(bad.more)),
            spent=spent,
            loading=reply.load_ms,
            facts=facts | ({"detail": _clean(reply.detail)} if reply.detail else {}),
        )
    shown = "" if facts.get("rescued") else content
    turn = Turn(content=shown, thinking=thinking, calls=calls)
    return Planned(kind=kind, turn=turn, answer=answer, spent=spent, loading=reply.load_ms, facts=facts)


def _clean(text: str) -> str:
    """The text without what UTF-8 cannot carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _trouble(reply: Reply) -> None:
    """Refuse what is broken as a whole, whatever it says."""
    if reply.error:
        raise _Bad(reply.error)
    if not reply.complete:
        raise _Bad("incomplete")


def _silent(reply: Reply, thinking: str) -> _Bad:
    """Why there is nothing in a reply."""
    if reply.done_reason == "length":
        return _Bad("cut_by_length")
    if thinking:
        return _Bad("thinking_only")
    swallowed = reply.reply_tokens >= _SWALLOWED
    return _Bad(
        "empty_reply", "If it was a tool call, its name or its JSON could not be read." if swallowed else ""
    )


def _last_text(reply: Reply, content: str, thinking: str) -> str:
    """The text of the last answer; one that the length cut is better than none."""
    _trouble(reply)
    text = before_call(content)
    if not text or calls_in(text):
        raise _silent(reply, thinking)
    return text


def _raw(
    spec: Spec, reply: Reply, content: str, thinking: str, facts: dict[str, Any], *, rescue: bool
) -> tuple[RawCall, ...]:
    """The calls of a whole reply, nothing checked; none is an answer."""
    _trouble(reply)
    if reply.done_reason == "length":
        raise _Bad("cut_by_length")
    raw = reply.calls
    if not raw and rescue:
        raw = _rescued(spec, content)
        if raw:
            facts["rescued"] = True
    if not raw and not content:
        raise _silent(reply, thinking)
    return raw


def _plan(
    spec: Spec, raw: tuple[RawCall, ...], content: str, check: Check, facts: dict[str, Any]
) -> tuple[PlanKind, tuple[TurnCall, ...], str]:
    if not raw:
        return PlanKind.ANSWER, (), content
    if spec.ask_person and any(_same(call.name) == ASK_PERSON for call in raw):
        call, question = _question(raw)
        return PlanKind.QUESTION, (call,), question
    most = spec.limits.calls_per_turn
    if len(raw) > most:
        raise _Bad("too_many_calls", f"You made {len(raw)} calls at once; make {most} at most.")
    return PlanKind.CALLS, _checked(spec, raw, check, facts), ""


def _rescued(spec: Spec, content: str) -> tuple[RawCall, ...]:
    """Calls written as text, if every one names an offered tool; a tag around anything else is refused."""
    found = calls_in(content)
    if found and all(_offered(spec, call.name) for call in found):
        return found
    if not announces(content) or not offered(spec):
        return ()
    unknown = next((call.name for call in found if not _offered(spec, call.name)), "")
    if unknown:
        raise _unknown(spec, unknown)
    raise _Bad("broken_json")


def _same(name: str) -> str:
    """What names have in common that differ in case, dashes and spaces alone."""
    return name.strip().casefold().replace("-", "_").replace(" ", "_")


def _offered(spec: Spec, name: str) -> str:
    """The tool a name means; empty if none, or if it is not clear which."""
    if name in spec.by_name:
        return name
    alike = [one for one in offered(spec) if _same(one) == _same(name)]
    return alike[0] if len(alike) == 1 else ""


def _unknown(spec: Spec, name: str) -> _Bad:
    close = get_close_matches(_same(name), offered(spec), n=1)
    maybe = f" Did you mean {close[0]}?" if close else ""
    return _Bad("unknown_tool", f"There is no tool {_short(name)}.{maybe}")


def _short(value: Any) -> str:
    try:
        said = canonical(value)
    except BadValue:
        said = _clean(repr(value))
    return said if len(said) <= _QUOTED else f"{said[:_QUOTED]} ..."


def _checked(
    spec: Spec, raw: tuple[RawCall, ...], check: Check, facts: dict[str, Any]
) -> tuple[TurnCall, ...]:
    """The calls with their canonical arguments; all that is wrong is said at once."""
    calls: list[TurnCall] = []
    wrong: list[_Bad] = []
    ids: set[str] = set()
    for one in raw:
        try:
            name = _offered(spec, one.name)
            if name not in spec.by_name:
                raise _unknown(spec, one.name)
            arguments = _arguments(name, one.arguments, check, facts)
        except _Bad as bad:
            wrong.append(bad)
            continue
        given = _id(one)
        calls.append(TurnCall(tool=name, arguments=arguments, id="" if given in ids else given))
        ids.add(given)
    if wrong:
        raise _Bad(wrong[0].kind, " ".join(dict.fromkeys(bad.more for bad in wrong)))
    return tuple(calls)


def _id(call: RawCall) -> str:
    """The server's id, if it can stand in a history."""
    return call.id if len(call.id) <= _ID and call.id.isascii() else ""


def _arguments(name: str, value: Any, check: Check, facts: dict[str, Any]) -> str:
    """The canonical arguments of one call."""
    given = value
    try:
        if isinstance(value, str):
            value = _decoded(value)
        return check(name, {} if value is None else value)
    except BadValue as error:
        if isinstance(given, str):
            for guess in mended(given):
                try:
                    made = check(name, guess)
                except BadValue:
                    continue
                facts["mended"] = True
                return made
        kind = "broken_json" if isinstance(error, _NotJson) else "bad_arguments"
        raise _Bad(kind, f"{error} You wrote {name} with {_short(given)}.") from None


class _NotJson(BadValue):
    """An argument text that is no JSON."""


def _decoded(text: str) -> Any:
    """Arguments that came as text, once or twice; nothing at all is no arguments."""
    value: Any = text
    for _ in range(2):
        if not isinstance(value, str):
            break
        if not value.strip():
            return {}
        try:
            value = parse(value, raw_control=True)
        except BadValue as error:
            raise _NotJson(f"The arguments are not JSON: {error.message}") from None
    return value


def _question(raw: tuple[RawCall, ...]) -> tuple[TurnCall, str]:
    """The one call that is a question to the person."""
    if len(raw) > 1:
        raise _Bad("too_many_calls", f"{ASK_PERSON} has to be the only call of a reply.")
    value = raw[0].arguments
    if isinstance(value, str):
        try:
            value = _decoded(value)
        except BadValue:
            value = next(mended(value), value)
    asked = value.get("question") if isinstance(value, Mapping) else value
    question = _clean(asked).strip() if isinstance(asked, str) else ""
    if not question:
        raise _Bad("bad_arguments", f'{ASK_PERSON} takes {{"question": "..."}}, a text that is not empty.')
    arguments = canonical({"question": question})
    return TurnCall(tool=ASK_PERSON, arguments=arguments, id=_id(raw[0])), question
