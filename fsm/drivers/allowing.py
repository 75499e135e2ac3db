"""Allowing: the rule that a person is offered at the gate of a call, and giving it to a run that is driven.

For a call about a path it is the path's folder, whatever the other arguments are; for any other call it is this call
to the letter.  A rule that would not read back as itself, would not let this very call pass, or is too long to be
looked at, is not offered.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...states.calls import named
from ...states.canonical import canonical
from ...states.errors import DetentError
from ...states.names import GateKind, State
from ...states.spec import ToolSpec
from ...store import Store
from .clock import Clock, wall
from .decisions import Verdict, decision_fact, digest_of
from .recordings import Mode
from .rules import Rule, allowed_by, exactly, parse_rule

if TYPE_CHECKING:
    from .journal import Fact, Journal
    from .prepared import Prepared

__all__ = ["allow", "free", "offered_rule", "rule_by", "ruled"]

BY = "the rule "  # what stands before a rule where it is told who gave a yes
LONGEST = 300  # characters of a rule that a person can be expected to read

_PATH = re.compile(r"(?:.*_)?(?:path|file|filename|folder|directory|dir)")
_SPECIAL = frozenset('*?,=()\\"')


def offered_rule(tool: ToolSpec, given: Mapping[str, Any], folder: str | Path) -> Rule | None:
    """The rule that would let this call pass from now on, and calls like it; None where none can be given.

    Args:
        tool: the tool
        given: the call's arguments
        folder: the run's folder
    """
    own = {name: value for name, value in given.items() if name[:1] != "$"}
    return next(
        (rule for rule in _candidates(tool, own) if _fits(rule, tool.name, own, folder)),
        None,
    )


def _candidates(tool: ToolSpec, given: Mapping[str, Any]) -> Iterator[Rule]:
    folders = tuple(
        (name, pattern)
        for name, value in given.items()
        if _PATH.fullmatch(name) and (pattern := _folder(value))
    )
    if folders:
        yield Rule(tool.name, folders)
    exact = tuple((name, exactly(value)) for name, value in given.items())
    schema = json.loads(tool.parameters)
    others = set(schema.get("properties", {})) - set(given) or schema.get("additionalProperties", True)
    yield Rule(tool.name, exact, closed=bool(others))


def _folder(value: object) -> str:
    """The pattern of everything right in the folder of a path; empty where it cannot be written."""
    if not isinstance(value, str) or not value or value.endswith("/") or "://" in value:
        return ""
    folder, name = posixpath.split(posixpath.normpath(value))
    plain = folder.isprintable() and not _SPECIAL & set(folder)
    if not plain or name in ("", ".", "..") or ".." in value.split("/") or folder == "/" or value[0] == "~":
        return ""
    return f"{folder}/*" if folder else "*"


def _fits(rule: Rule, tool: str, given: Mapping[str, Any], folder: str | Path) -> bool:
    """Whether a rule reads back as itself, lets this call pass, and can be looked at."""
    written = str(rule)
    try:
        same = parse_rule(written) == rule
    except DetentError:
        return False
    return same and len(written) <= LONGEST and rule.allows(tool, canonical(dict(given)), folder)


def free(rule: Rule, tool: ToolSpec) -> tuple[str, ...]:
    """The arguments that a rule says nothing about."""
    if rule.closed:
        return ()
    named = {name for name, _ in rule.patterns}
    return tuple(name for name in json.loads(tool.parameters).get("properties", {}) if name not in named)


def allow(store: Store, run: str, prepared: Prepared, rule: Rule) -> None:
    """Let pass from now on what a rule matches: durable, and in the driver that is at it, open gates included.

    Raises:
        StoreError: it could not be stored, and is not given
    """
    store.add_rule(run, str(rule), wall())
    if rule not in prepared.rules:
        prepared.rules = (*prepared.rules, rule)
    prepared.fresh = (*prepared.fresh, rule)


def ruled(journal: Journal, prepared: Prepared, clock: Clock) -> Iterator[Fact]:
    """A yes to each open gate that a rule matches which was just given at one of them; it names the rule.

    A gate is looked at as it stands when it is asked for, so each yes is to be stepped before the next is asked for.
    Where the calls of a fork are asked about whatever the rules say, these gates are too.

    Args:
        journal: the run
        prepared: has the rules
        clock: its time
    """
    head, rules = journal.head, prepared.fresh
    if not rules or (head.gates and head.state is not State.AWAITING_APPROVAL):
        return  # none is new, or the gates are not asked yet
    prepared.fresh = ()
    if prepared.recordings is not None and prepared.recordings.mode is not Mode.REHEARSED:
        return
    for gate in journal.head.gates:
        head, now = journal.head, clock.now()
        if gate.kind is not GateKind.APPROVAL or 0 < gate.expires <= now:
            continue
        tool = named(head.spec, head.calls[gate.call]).name
        rule = allowed_by(rules, tool, journal.arguments(gate.call), prepared.folder)
        if rule:
            said = Verdict(gate=gate.id, how="approve", digest=digest_of(head, gate), by=f"{BY}{rule}")
            yield decision_fact(head, said, now)


def rule_by(by: str) -> str:
    """The rule that gave a yes; empty where a person did.

    Args:
        by: who gave it
    """
    return by.removeprefix(BY) if by.startswith(BY) else ""
