"""Rules: what a person allows in advance, in this run, without being asked.

    write_file                     every call of the tool
    write_file(path=notes/*)       calls whose argument matches; `*` never crosses `/`, `**` does
    send(to=me@example.org, ...)   several arguments, all must match; text is compared as written

A rule is never wider than it reads: a named argument must be there and be text or a plain value, and a path with a
`..` in it matches no pattern.  One that names what its agent has not is refused, or it would be silent.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable

from attrs import field, frozen

from ...states.errors import NotFound, UsageError
from ...states.spec import Spec

__all__ = ["Rule", "allowed_by", "check_rule", "parse_rule"]

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


def _matches(pattern: str, value: object) -> bool:
    if isinstance(value, dict | list):
        return False
    if not isinstance(value, str):
        return pattern == json.dumps(value)
    if ".." in value.split("/"):  # where that leads, only a file system or a server knows
        return pattern == value
    plain, wanted = _plain(value), _plain(pattern)
    if plain == "." or (plain.startswith("/") and not wanted.startswith("/")):
        return wanted == plain
    return _glob(wanted).fullmatch(plain) is not None


def _plain(text: str) -> str:
    """A path without its detours; an address and any other text as it is."""
    path = text.startswith(".") or ("/" in text and "://" not in text)
    return posixpath.normpath(text) if path else text


def _glob(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    words = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts), re.DOTALL)
