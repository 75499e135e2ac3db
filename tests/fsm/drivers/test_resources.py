"""Resources: entered once a driver, of any kind, and never in the way of how a run ends."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.drivers.local import Watcher
from detent.states.errors import ConfigError
from detent.tools import Context, tool

from .rig import call, rig


@tool(effect="read")
def use(context: Context) -> str:
    """Say what there is."""
    return ", ".join(f"{name}={value}" for name, value in sorted(context.resources.items()))


class Logged:
    """A context manager that keeps what happens to it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __enter__(self) -> str:
        self.seen.append("in")
        return "plain"

    def __exit__(self, *why: object) -> None:
        self.seen.append("out")


def test_every_kind_is_entered_once_and_left_in_reverse(tmp_path: Path) -> None:
    """Plain and asynchronous managers, and functions that make one, serve all calls of a driver."""
    seen: list[str] = []

    @contextlib.contextmanager
    def made() -> Iterator[str]:
        seen.append("made in")
        yield "made"
        seen.append("made out")

    @contextlib.asynccontextmanager
    async def waited() -> AsyncIterator[str]:
        seen.append("waited in")
        yield "waited"
        seen.append("waited out")

    plain = Logged()
    agent = rig(
        tmp_path,
        [call("use"), call("use"), "Done."],
        use,
        resources={"a": plain, "b": made, "c": waited, "d": waited()},
    )
    run = agent.run()

    assert agent.said(run, "result") == ["a=plain, b=made, c=waited, d=waited"] * 2
    assert plain.seen == ["in", "out"]
    assert seen == ["made in", "waited in", "waited in", "waited out", "waited out", "made out"]


def test_functions_make_a_new_one_for_every_driver(tmp_path: Path) -> None:
    """A run that is parked and resumed enters its resource again, made anew."""
    entered: list[int] = []

    @contextlib.contextmanager
    def counted() -> Iterator[int]:
        entered.append(1)
        yield len(entered)

    @tool
    def act(context: Context) -> str:
        """Act."""
        return f"with {context.resources['n']}"

    agent = rig(tmp_path, [call("act"), "Done."], act, resources={"n": counted})
    run = agent.run()
    run.decide("approve")
    after = agent.resume(run)

    assert agent.said(after, "result") == ["with 2"]


@pytest.mark.parametrize("broken", [5, dict, lambda: None, lambda: 1 / 0, "text"])
def test_what_cannot_be_entered_keeps_the_run_from_starting(tmp_path: Path, broken: Any) -> None:
    """A resource that is none, or fails, is told by its name before anything is written; those before it are left."""
    first = Logged()
    agent = rig(tmp_path, ["Done."], use, resources={"first": first, "broken": broken})
    with pytest.raises(ConfigError, match="Resource broken"):
        agent.run()
    assert first.seen == ["in", "out"]
    assert not agent.store.exists()


def test_what_cannot_be_left_changes_nothing(tmp_path: Path) -> None:
    """A resource that fails when it is left is told of, and the run has ended as it has."""

    @contextlib.contextmanager
    def sticky() -> Iterator[str]:
        yield "sticky"
        raise LookupError("it does not close")

    notices: list[str] = []
    agent = rig(tmp_path, ["Done."], use, resources={"sticky": sticky})
    run = agent.run(watcher=Watcher(notice=notices.append))
    assert run.state == "DONE"
    assert notices == ["Resource sticky cannot be left: LookupError: it does not close."]


def test_no_resource_swallows_trouble(tmp_path: Path) -> None:
    """A context manager that suppresses everything does not hide what parked the run."""

    class Quiet(Logged):
        """Suppresses everything."""

        def __exit__(self, *why: object) -> bool:  # type: ignore[override]
            return True

    @tool(effect="read")
    def damage() -> str:
        """Take the database away."""
        (tmp_path / "runs.db").unlink()
        return "gone"

    agent = rig(tmp_path, [call("damage"), "Done."], damage, resources={"quiet": Quiet()})
    with pytest.raises(Exception, match="deleted or replaced"):
        agent.run()
