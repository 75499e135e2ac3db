"""Rules: what a person allows in advance, in this run, without being asked.

    write_file                     every call of the tool
    write_file(path=notes/*)       calls whose argument matches; `*` never crosses `/`, `**` does
    send(to=me@example.org, ...)   several arguments, all must match; text is compared as written

A rule is never wider than it reads: a named argument must be there and be text or a plain value, and a path that
leaves its folder by `..` matches nothing.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable

from attrs import field, frozen

from ...states.errors import UsageError

__all__ = ["Rule", "allowed_by", "parse_rule"]

_SHAPE = re.compile(r"\s*(?P<tool>[A-Za-z_][\w.-]*)\s*(?:\((?P<inside>.*)\))?\s*", re.DOTALL)


@frozen
class Rule:
    """One allowance.

    Args:
        tool: the tool's name
        patterns: argument names and the patterns their values must match
    """

    tool: str
    patterns: tuple[tuple[str, str], ...] = field(default=())

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={pattern}" for name, pattern in self.patterns)
        return f"{self.tool}({inside})" if inside else self.tool

    def allows(self, tool: str, arguments: str) -> bool:
        """Whether a call with these canonical arguments may pass unasked."""
        if tool != self.tool:
            return False
        given = json.loads(arguments)
        return all(name in given and _matches(pattern, given[name]) for name, pattern in self.patterns)


def parse_rule(written: str) -> Rule:
    """The rule a person wrote.

    Raises:
        UsageError: it is none
    """
    shape = _SHAPE.fullmatch(written)
    if shape is None:
        raise UsageError(f"{written!r} is not a rule.", "Write  TOOL  or  TOOL(ARGUMENT=PATTERN, ...).")
    inside = shape["inside"]
    parts = [part.partition("=") for part in inside.split(",")] if inside and inside.strip() else []
    if any(not mark or not name.strip() or not pattern.strip() for name, mark, pattern in parts):
        raise UsageError(f"{written!r} is not a rule.", "Each argument of it is written NAME=PATTERN.")
    return Rule(shape["tool"], tuple((name.strip(), pattern.strip()) for name, _, pattern in parts))


def allowed_by(rules: Iterable[Rule], tool: str, arguments: str) -> str:
    """The first rule that lets a call pass, as it is written; empty if none does."""
    return next((str(rule) for rule in rules if rule.allows(tool, arguments)), "")


def _matches(pattern: str, value: object) -> bool:
    if isinstance(value, str):
        plain = posixpath.normpath(value) if "/" in value or value.startswith(".") else value
        leaves = plain == ".." or plain.startswith(("../", "/"))
        return not (leaves and not pattern.startswith("/")) and _glob(pattern).fullmatch(plain) is not None
    if isinstance(value, dict | list):
        return False
    return pattern == json.dumps(value)


def _glob(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    words = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts), re.DOTALL)
