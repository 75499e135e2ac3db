"""A recorded run as a test file for pytest: short, readable, and kept in git beside the agent.

It is plain Python, laid out as people lay it out: long values are taken apart, and a text of several lines stands on
several lines, so that a difference in git reads as one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from attrs import evolve

from ...states.errors import DetentError, UsageError
from ...store import Store
from .loading import load_file
from .minimising import minimised
from .recorded import Recorded, recorded
from .rehearsing import rehearsed

__all__ = ["pytest_file", "written_test"]

WIDE = 100  # columns of a line that is not taken apart
GOAL = 60  # characters of the goal in the first line
STEP = "    "

_FILE = '''\
"""Run {short}, rehearsed: {goal}

{kind}
No model is asked and no tool is called.  Where the agent does something else now, the click that differs is named.

Made by detent; make it again with  detent export RUN --pytest.{replaced}
"""

from pathlib import Path

from detent import rehearse

AGENT = {agent}

RUN = {run}

CLICKS = {clicks}


def test_run_{short}(tmp_path):
    """The agent does what it did, click by click."""
    assert rehearse(AGENT, RUN, tmp_path) == CLICKS
'''


_KINDS = {
    "agent": "The agent's file is driven through what was recorded, in a folder of its own: the model says what it said, "
    "calls\ncome to what they came to, people say what they said.",
    "fork": "The agent's file goes on from a recorded click, as the run did, in a folder of its own: the model says what it "
    "said,\ncalls come to what they came to, people say what they said.",
    "workflow": "The workflow's file is driven through what was recorded, in a folder of its own: steps come to what they "
    "came to,\npeople say what they said.",
}


def pytest_file(
    store: Store, run: str, seq: int, *, agent: str, path: Path, replaced: Sequence[str] = ()
) -> tuple[str, int]:
    """A test file of a run that was rehearsed once and passes, and how many clicks it asserts.

    Args:
        store: where the run lies
        run: its id
        seq: up to this click
        agent: its agent, as FILE or FILE:NAME; empty for the file it began with
        path: where the test file is to lie
        replaced: the names of what was replaced in the run

    Raises:
        UsageError: it cannot be rehearsed, or comes out otherwise
        NotFound, ConfigError: the agent cannot be loaded
    """
    made = recorded(store, run, seq)
    agent = str(Path(agent).absolute()) if agent else made.agent
    if not agent:
        raise _without_file(store, run)

    loaded = load_file(agent, Path.cwd())

    def clicks(said: Mapping[str, Any]) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="detent-rehearsal-") as folder:
            return rehearsed(loaded, said, folder)

    _check_same(made, clicks(made.said))
    made = evolve(made, said=minimised(made.said, lambda said: _comes_out(clicks, said) == made.clicks))
    return written_test(made, agent, path, replaced), len(made.clicks)


def _comes_out(clicks: Callable[[Mapping[str, Any]], list[str]], said: Mapping[str, Any]) -> list[str]:
    """The clicks of a rehearsal from which something was left out; none where it cannot be played so."""
    try:
        return clicks(said)
    except DetentError:
        return []


def _without_file(store: Store, run: str) -> UsageError:
    caller = store.record(run).origin.get("caller")
    if caller is None:
        return UsageError(f"Run {run[:6]} was begun without an agent file.", "Name one with  -a FILE.")
    return UsageError(
        f"Run {run[:6]} was begun by a call of run {caller['run'][:6]}, and not from an agent file.",
        "Name the one that holds its agent with  -a FILE:NAME.",
    )


def _check_same(made: Recorded, clicks: Sequence[str]) -> None:
    """Refuse to write down what fails from the first day."""
    for here, there in zip_longest(made.clicks, clicks, fillvalue="nothing more"):
        if here != there:
            raise UsageError(
                f"Run {made.run[:6]} comes out otherwise when it is rehearsed: {there!r} instead of {here!r}.",
                "Export it where its agent is as it was then, or up to the click before.",
            )


def written_test(made: Recorded, agent: str, path: Path, replaced: Sequence[str] = ()) -> str:
    """The text of a test file.

    Args:
        made: the run
        agent: where its agent lies, as FILE:NAME
        path: where the file is to lie; the agent is found from there
        replaced: the names of what was replaced in it
    """
    workflow = "turns" not in made.said
    kind = "fork" if "fork" in made.said else "workflow" if workflow else "agent"
    goal = " ".join(made.said["goal"].split()) or ("a workflow." if workflow else "")
    goal = goal if len(goal) <= GOAL else f"{goal[:GOAL]}…"
    return _FILE.format(
        short=made.run[:6],
        kind=_KINDS[kind],
        goal=_text(goal)[1:-1].replace('"""', "'''"),
        replaced=f"\nReplaced: {_text(', '.join(replaced))[1:-1]}." if replaced else "",
        agent=_agent(agent, path.absolute().parent),
        run=_literal(made.said, ""),
        clicks=_literal(made.clicks, "", wide=0),
    )


def _agent(agent: str, folder: Path) -> str:
    """The agent's address, relative to the test file where they lie in one tree."""
    if len(Path(os.path.commonpath([agent, folder])).parts) < 2:  # noqa: PLR2004 - the root, and a folder in it
        return f"Path({_text(agent)})"
    return f"Path(__file__).parent / {_text(Path(os.path.relpath(agent, folder)).as_posix())}"


def _literal(value: Any, indent: str, wide: int = WIDE) -> str:
    """A plain value as Python, on one line where it fits."""
    inner = indent + STEP
    if isinstance(value, str):
        return _lines(value, indent)
    flat = _flat(value)
    if not isinstance(value, Mapping | list | tuple) or not value:
        return flat
    if len(indent) + len(flat) <= wide and "\\n" not in flat:
        return flat
    if isinstance(value, Mapping):
        parts = [f"{_text(str(name))}: {_literal(one, inner)}" for name, one in value.items()]
        return "\n".join(("{", *(f"{inner}{part}," for part in parts), f"{indent}}}"))
    parts = [_literal(one, inner) for one in value]
    return "\n".join(("[", *(f"{inner}{part}," for part in parts), f"{indent}]"))


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(str(name))}: {_flat(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return repr(value)


def _lines(said: str, indent: str) -> str:
    """A text; one of several lines stands on several lines."""
    lines = list(_cut(said))
    if len(lines) < 2:  # noqa: PLR2004 - one line
        return _text(said)
    inner = indent + STEP
    return "\n".join(("(", *(f"{inner}{_text(line)}" for line in lines), f"{indent})"))


def _cut(said: str) -> Iterator[str]:
    """The lines of a text with their ends; only a line feed ends one."""
    while said:
        line, end, said = said.partition("\n")
        yield line + end


def _text(said: str) -> str:
    """A text as Python, between double quotes where it has none itself."""
    return repr(said) if '"' in said else f'"{repr(chr(39) + said)[2:-1]}"'
