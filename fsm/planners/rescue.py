"""Calls that a model wrote into its text, and argument texts that are almost JSON.

Pure.  A text is a call only if nothing else could be meant: it is exactly one JSON value (an object or a list of
objects that name a tool), bare, fenced, or inside a tag that announces a call; only a tag may have words before it.
Whether the named tool is offered is judged by the reader.  Text that merely mentions JSON runs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...states.canonical import parse
from ...states.errors import BadValue
from ..models.door import RawCall

__all__ = ["announces", "before_call", "calls_in", "mended", "split_thinking"]

_FENCE = re.compile(r"\A```[\w-]*[ \t]*\n(.*?)\n?```\Z", re.DOTALL)
_TAGS = (
    re.compile(r"<tool_call>\s*(?P<value>.*?)\s*(?:</tool_call>)?\s*\Z", re.DOTALL),
    re.compile(r"<\|tool_call\|?>\s*(?P<value>.*?)\s*(?:<\|?/tool_call\|>)?\s*\Z", re.DOTALL),
    re.compile(r"<function=(?P<name>[\w.-]+)>\s*(?P<value>.*?)\s*(?:</function>)?\s*\Z", re.DOTALL),
    re.compile(r"\[TOOL_CALLS\]\s*(?P<name>[\w.-]+)(?:\[ARGS\])?\s*(?P<value>\{.*\})\s*\Z", re.DOTALL),
    re.compile(r"\[TOOL_CALLS\]\s*(?P<value>.*?)\s*\Z", re.DOTALL),
    re.compile(r"<\|python_tag\|>\s*(?P<value>.*?)\s*\Z", re.DOTALL),
)
_ANNOUNCED = re.compile(r"<tool_call>|<\|tool_call|<function=|\[TOOL_CALLS\]|<\|python_tag\|>")
_THINKING = re.compile(r"<think>(.*?)</think>", re.DOTALL)
_NAMES = ("name", "tool")
_ARGUMENTS = ("arguments", "parameters", "input", "args")
_OPENING = re.compile(r"[{\[]")
_MARGIN = re.compile(r"[{}\[\]\"']")


def split_thinking(content: str) -> tuple[str, str]:
    """Thinking that came with its tags inside the text, and the text without it.

    An opening tag without an end makes all that follows thinking; an end without a beginning all that came before.
    """
    if "think>" not in content:
        return "", content
    thoughts: list[str] = []

    def take(found: re.Match[str]) -> str:
        thoughts.append(found[1])
        return ""

    content = _THINKING.sub(take, content)
    before, opened, after = content.partition("<think>")
    if opened:
        return "\n".join([*thoughts, after]).strip(), before
    before, closed, after = content.partition("</think>")
    if closed and not thoughts and "</think>" not in after:
        return before.strip(), after
    return "\n".join(thoughts).strip(), content


def announces(content: str) -> bool:
    """Whether a text holds a tag that announces a call."""
    return bool(_ANNOUNCED.search(content))


def before_call(content: str) -> str:
    """The text before the first tag that announces a call."""
    found = _ANNOUNCED.search(content)
    return content[: found.start()].strip() if found else content


def calls_in(content: str) -> tuple[RawCall, ...]:
    """The calls that a text is, if it is nothing else; empty otherwise."""
    content = content.strip()
    if not content or not _MARGIN.search(content):
        return ()
    if not announces(content):
        return _calls(_unfenced(content)) if content[0] in "{[`" else ()
    for tag in _TAGS:
        found = tag.search(content)
        if found:
            value = _unfenced(found["value"])
            name = found.groupdict().get("name")
            return _named(name, value) if name else _calls(value)
    return ()


def _unfenced(text: str) -> str:
    found = _FENCE.match(text.strip())
    return found[1].strip() if found else text.strip()


def _named(name: str, value: str) -> tuple[RawCall, ...]:
    """A call whose tag has the name and whose body is the arguments."""
    try:
        arguments = parse(value or "{}", raw_control=True)
    except BadValue:
        return ()
    return (RawCall(name=name, arguments=arguments),) if isinstance(arguments, dict) else ()


def _calls(value: str) -> tuple[RawCall, ...]:
    try:
        found = parse(value, raw_control=True)
    except BadValue:
        return ()
    made = [_call(one) for one in (found if isinstance(found, list) else [found])]
    return tuple(one for one in made if one) if made and all(made) else ()


def _call(value: Any) -> RawCall | None:
    if not isinstance(value, Mapping):
        return None
    inner = value.get("function")
    if isinstance(inner, Mapping):
        value = inner
    elif isinstance(inner, str) and "name" not in value:
        value = {**value, "name": inner}
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), "")
    given = [key for key in _ARGUMENTS if key in value]
    if not name or len(given) != 1:
        return None
    return RawCall(name=name, arguments=value[given[0]])


def mended(text: str) -> Iterator[Any]:
    """What an argument text that is no JSON may have meant, the likeliest first; only what parses.

    Small slips are tried: a trailing comma, a brace that is missing at the end, words around the object, Python's
    quotes and constants.  Whoever takes one of these has to validate it.
    """
    for attempt in dict.fromkeys(_attempts(text.strip())):
        try:
            value = parse(attempt, raw_control=True)
        except BadValue:
            continue
        if isinstance(value, dict):
            yield value


def _attempts(text: str) -> Iterator[str]:
    text = _unfenced(text)
    yield text
    start, end = text.find("{"), text.rfind("}")
    inner = text[start : end + 1] if 0 <= start < end else text
    yield inner
    for base in dict.fromkeys((inner, text[start:] if start >= 0 else text)):
        commas = re.sub(r",\s*([}\]])", r"\1", base)
        yield commas
        for closing in ("}", "}}", "]}", '"}'):
            yield commas + closing
    yield from _first_object(text[start:] if start >= 0 else "")
    yield from _python(inner)


def _first_object(text: str) -> Iterator[str]:
    """The object a text begins with, if no second one comes after it."""
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return
    if not _OPENING.search(text[end:]):
        yield text[:end]


def _python(text: str) -> Iterator[str]:
    """A dict as Python writes it; nothing runs.  A key used twice is not guessed at, nor is what a backslash means."""
    import ast  # noqa: PLC0415 - rare, and not free to load

    if "\\" in text:
        return
    try:
        tree = ast.parse(text.strip(), mode="eval")
        dicts = [node.keys for node in ast.walk(tree) if isinstance(node, ast.Dict)]
        if any(len({ast.dump(key) for key in keys if key}) < len(keys) for keys in dicts):
            return
        yield json.dumps(ast.literal_eval(tree))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return
