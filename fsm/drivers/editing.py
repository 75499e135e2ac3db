"""Editing: a call's arguments as a person edits them, and exactly what would run with what they wrote.

What is approved is bytes: the canonical form of what the person wrote, checked against the schema that the run agreed
to.  They are shown before they are approved, and what was shown is what is approved.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from ...states.gates import Gate
from ...states.snapshot import Snapshot
from .decisions import Verdict, decision_fact, digest_of

__all__ = ["changes", "edited", "pretty"]


def pretty(given: Mapping[str, Any]) -> str:
    """Arguments as JSON that a person can edit."""
    return json.dumps(given, ensure_ascii=False, indent=2) + "\n"


def edited(snapshot: Snapshot, gate: Gate, written: str) -> str:
    """The exact bytes that would run in place of the arguments that were shown.

    Args:
        snapshot: where the run stands
        gate: the approval of the call
        written: what the person wrote, as JSON

    Raises:
        UsageError: the gate takes no other arguments
        BadValue: they do not fit
    """
    verdict = Verdict(gate=gate.id, how="edit", digest=digest_of(snapshot, gate), text=written)
    (arguments,) = decision_fact(snapshot, verdict, snapshot.at).extras
    return arguments.body


def changes(before: Mapping[str, Any], after: str) -> list[str]:
    """What is different, a line each: `- ` what goes, `+ ` what comes, `  ` what stays beside it.

    Args:
        before: the arguments that were shown
        after: the bytes that would run
    """
    made: dict[str, Any] = json.loads(after)
    ranked = {name: made[name] for name in (*before, *made) if name in made}
    old, new = (pretty(one).strip().split("\n") for one in (before, ranked))
    lines: list[str] = []
    for what, start, stop, first, last in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if what == "equal":
            lines += [f"  {line}" for line in old[start:stop]]
        else:
            lines += [f"- {line}" for line in old[start:stop]] + [f"+ {line}" for line in new[first:last]]
    return lines
