"""Rules: what a person allows in advance, in this run, without being asked.

    write_file                     every call of the tool
    write_file(path=notes/*)       calls whose argument matches; `*` never crosses `/`, `**` does
    send(to=me@example.org, ...)   several arguments, all must match; text is compared as written
    pay(amount==7, to=="a, b")     `==` and JSON: exactly this value, of this type, with no sign in it special
    pay(amount==7, nothing else)   and no argument but those named

A rule is never wider than it reads: a named argument must be there and be text or a plain value, and a path with a
`..` in it matches no pattern.  A text that leads through a symbolic link must match a second time, as the place it
leads to.  One that names what its agent has not is refused, or it would be silent.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import field, frozen

from ...states.canonical import canonical, parse
from ...states.errors import BadValue, NotFound, UsageError
from ...states.spec import Spec

__all__ = ["Rule", "allowed_by", "check_rule", "exactly", "parse_rule"]

EXACT = "="  # what the pattern of an exact value begins with
CLOSED = "nothing else"
LONGEST = 4096  # bytes; no system opens a longer path

_SHAPE = re.compile(r"\s*(?P<tool>[A-Za-z_][\w.-]*)\s*(?:\((?P<inside>.*)\))?\s*", re.DOTALL)
_GLOB = re.compile(r"(\*\*|\*|\?)")
_WORDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


@frozen
class Rule:
    """One allowance.

    Args:
        tool: the tool's name
        patterns: argument names and the patterns their values must match; `exactly` makes one of a value
        closed: whether a call may have no argument but those named
    """

    tool: str
    patterns: tuple[tuple[str, str], ...] = field(default=())
    closed: bool = False

    def __str__(self) -> str:
        inside = [f"{name}={pattern}" for name, pattern in self.patterns]
        inside += [CLOSED] if self.closed else []
        return f"{self.tool}({', '.join(inside)})" if inside else self.tool

    def allows(self, tool: str, arguments: str, folder: str | Path) -> bool:
        """Whether a call with these canonical arguments may pass unasked.

        Args:
            tool: the tool's name
            arguments: canonical JSON
            folder: the run's folder, which paths are relative to
        """
        if tool != self.tool:
            return False
        given = {name: value for name, value in json.loads(arguments).items() if name[:1] != "$"}
        if self.closed and given.keys() - {name for name, _ in self.patterns}:
            return False
        root = os.path.realpath(folder)
        return all(name in given and _matches(pattern, given[name], root) for name, pattern in self.patterns)


def exactly(value: object) -> str:
    """The pattern that matches this plain value and no other.

    Raises:
        BadValue: JSON does not have it
    """
    return EXACT + canonical(value)


def parse_rule(written: str) -> Rule:
    """The rule a person wrote.

    Raises:
        UsageError: it is none
    """
    shape = _SHAPE.fullmatch(written)
    if shape is None:
        raise UsageError(f"{written!r} is not a rule.", "Write  TOOL  or  TOOL(ARGUMENT=PATTERN, ...).")
    inside = shape["inside"]
    if not inside or not inside.strip():
        return Rule(shape["tool"])
    try:
        *patterns, last = _parts(inside)
    except ValueError as error:
        raise UsageError(f"{written!r} is not a rule.", str(error)) from None
    closed = last == (CLOSED, "")
    found = tuple(patterns if closed else (*patterns, last))
    if any(not pattern for _, pattern in found):
        raise UsageError(f"{written!r} is not a rule.", f"`{CLOSED}` stands at its end.")
    return Rule(shape["tool"], found, closed)


def _parts(inside: str) -> Iterator[tuple[str, str]]:
    """What stands between the brackets, a name and its pattern each.

    Raises:
        ValueError: it cannot be read
    """
    at = 0
    while at <= len(inside):
        name, mark, rest = inside[at:].partition("=")
        if (not mark or "," in name) and inside[at:].partition(",")[0].strip() == CLOSED:
            end = len(inside[at:].partition(",")[0]) + at
            yield CLOSED, ""
        elif not mark or not name.strip() or "," in name:
            raise ValueError("Each argument of it is written NAME=PATTERN.")
        elif rest.startswith(EXACT):
            value, end = _json(inside, at + len(name) + 2)
            yield name.strip(), exactly(value)
        else:
            pattern = rest.partition(",")[0]
            end = at + len(name) + 1 + len(pattern)
            if not pattern.strip():
                raise ValueError("Each argument of it is written NAME=PATTERN.")
            yield name.strip(), pattern.strip()
        at = end + 1


def _json(inside: str, at: int) -> tuple[object, int]:
    """The JSON value that begins here, and where it ends; only a comma may follow.

    Raises:
        ValueError: there is none
    """
    wrong = ValueError("After == stands a value as JSON: a text in double quotes, a number, true, ...")
    start = _after_blanks(inside, at)
    try:
        _, end = json.JSONDecoder().raw_decode(inside, start)
        value = parse(inside[start:end])
    except (ValueError, RecursionError, BadValue):
        raise wrong from None
    end = _after_blanks(inside, end)
    if inside[end : end + 1] not in ("", ","):
        raise wrong
    return value, end


def _after_blanks(text: str, at: int) -> int:
    return len(text) - len(text[at:].lstrip())


def allowed_by(rules: Iterable[Rule], tool: str, arguments: str, folder: str | Path) -> str:
    """The first rule that lets a call pass, as it is written; empty if none does."""
    return next((str(rule) for rule in rules if rule.allows(tool, arguments, folder)), "")


def check_rule(rule: Rule, spec: Spec) -> None:
    """Whether a rule can ever allow something in a run.

    Raises:
        NotFound: the run has no such tool, or the tool no such argument
    """
    tool = spec.by_name.get(rule.tool)
    if tool is None:
        listed = ", ".join(spec.by_name) or "none"
        raise NotFound(f"The rule {rule} names a tool that is not there.", f"There are: {listed}.")
    names = json.loads(tool.parameters).get("properties", {})
    unknown = next((name for name, _ in rule.patterns if name not in names), "")
    if unknown:
        listed = ", ".join(names) or "nothing"
        raise NotFound(
            f"The rule {rule} names {unknown}, which {tool.name} does not take.", f"It takes: {listed}."
        )


def _matches(pattern: str, value: object, root: str) -> bool:
    if pattern.startswith(EXACT):
        straight = all(_target(one, root) is None for one in _texts(value))
        return straight and pattern[len(EXACT) :] == canonical(value)
    if isinstance(value, dict | list):
        return False
    if not isinstance(value, str):
        return pattern == json.dumps(value)
    if not _as_written(pattern, value):
        return False
    target = _target(value, root)
    return target is None or _anchored(pattern, root).fullmatch(target) is not None


def _as_written(pattern: str, value: str) -> bool:
    if ".." in value.split("/"):  # where that leads, only a file system or a server knows
        return pattern == value
    if value.startswith("~") and not pattern.startswith("~"):  # somebody's home, for whoever expands it
        return False
    plain, wanted = _plain(value), _plain(pattern)
    if plain == "." or (plain.startswith("/") and not wanted.startswith("/")):
        return wanted == plain
    return re.fullmatch(_glob(wanted), plain, re.DOTALL) is not None


def _plain(text: str) -> str:
    """A path without its detours; an address and any other text as it is."""
    path = text.startswith(".") or ("/" in text and "://" not in text)
    return posixpath.normpath(text) if path else text


def _glob(pattern: str) -> str:
    return "".join(_WORDS.get(part, re.escape(part)) for part in _GLOB.split(pattern))


def _texts(value: object) -> Iterator[str]:
    """Every text in a plain value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)


def _target(value: str, root: str) -> str | None:
    """The real place a text leads to; None where no symbolic link is on the way, so that it means what it says."""
    if len(value.encode()) > LONGEST or "\0" in value:
        return None
    path = os.path.join(root, value)  # noqa: PTH118 - a Path would take `.` and `//` out
    real, plain = os.path.realpath(path), posixpath.normpath(path)
    return real if real != (plain[1:] if plain.startswith("//") else plain) else None


def _anchored(pattern: str, root: str) -> re.Pattern[str]:
    """What the real places that a pattern means look like."""
    if ".." in pattern.split("/"):
        return re.compile(re.escape(posixpath.normpath(posixpath.join(root, pattern))))
    before = "" if pattern.startswith("/") else re.escape(root.rstrip("/") + "/")
    return re.compile(before + _glob(posixpath.normpath(pattern)), re.DOTALL)
