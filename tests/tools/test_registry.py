"""The toolbox."""

import re
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.states.errors import ConfigError, NotFound
from detent.states.names import Approval, Effect
from detent.tools import Tool, tool, toolbox


def work(path: str, depth: int = 2) -> str:
    """Work.

    Args:
        path: this
        depth: so
    """
    return f"{path}{depth}"


def alike(depth: int = 5, *, path: Annotated[str, "that"]) -> str:
    """Work in other words."""
    return f"{path}{depth}"


def unlike(path: str) -> str:
    """Work on less."""
    return path


def named(name: str, *fallback: str | Tool) -> Tool:
    """A tool of this name."""
    return tool(work, name=name, fallback=list(fallback))


def test_takes_tools_functions_and_names() -> None:
    """An author may list all three, and they stay in order."""
    box = toolbox(["files.list_dir", work, named("other"), "output"], 4)

    assert box.names == ("list_dir", "work", "other", "read_output")
    assert [spec.name for spec in box.specs()] == list(box.names)
    assert {spec.attempts for spec in box.specs()} == {4}
    plain = box.get("work")
    assert (plain.effect, plain.approval) == (Effect.ONCE, Approval.ALWAYS)


def test_may_be_empty() -> None:
    """An agent without tools has an empty box."""
    assert toolbox([], 3).names == ()
    assert toolbox([], 3).specs() == ()
    with pytest.raises(NotFound, match=r"There are: none\."):
        toolbox([], 3).get("work")


def test_names_a_close_match() -> None:
    """A name that is not in the box is answered by one that is."""
    with pytest.raises(NotFound, match=r"Did you mean work\? There are: work\."):
        toolbox([work], 3).get("wrok")


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([work, work], "Two tools are called work"),
        (["files", "files.read_file"], "Two tools are called read_file"),
        ([tool(work, name="ask_person")], "has a reserved name"),
        ([named("a", "b")], "falls back to b, which is not among the agent's tools"),
        ([named("a", named("b"))], "falls back to b, which is not among the agent's tools"),
        ([named("a", tool(alike, name="b")), named("b")], "falls back to another tool b"),
        ([named("a", "unlike"), tool(unlike)], "falls back to unlike, which takes other arguments"),
        ([named("a", "a")], "in a circle: a -> a"),
        ([named("a", "b"), named("b", "c"), named("c", "a")], "in a circle: a -> b -> c -> a"),
        ([5], "5 cannot be a tool"),
    ],
)
def test_refuses_a_box_that_is_not_sound(items: list[Any], told: str) -> None:
    """A box that could go wrong while an agent runs is not built."""
    with pytest.raises(ConfigError, match=re.escape(told)) as caught:
        toolbox(items, 3)

    assert caught.value.hint


def test_refuses_unknown_sets() -> None:
    """A name that is no set is not found."""
    with pytest.raises(NotFound, match="no tool set 'shell5'"):
        toolbox(["shell5"], 3)


def test_lets_a_fallback_differ_in_words() -> None:
    """A fallback may have other descriptions, other defaults, and its parameters in another order."""
    other = tool(alike, name="other")
    box = toolbox([tool(work, fallback=[other, "third"]), other, named("third")], 3)

    assert box.get("work").fallbacks == ("other", "third")


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_finds_circles_and_nothing_else(edges: list[tuple[int, int]]) -> None:
    """A box is refused exactly if some chain of fallbacks comes back to where it was."""
    targets: dict[int, list[int]] = {node: [b for a, b in edges if a == node] for node in range(8)}
    reach = {node: set(targets[node]) for node in targets}
    for _ in range(8):
        for found in reach.values():
            found |= {far for near in list(found) for far in reach[near]}
    items = [named(f"t{node}", *(f"t{each}" for each in targets[node])) for node in targets]

    if any(node in found for node, found in reach.items()):
        with pytest.raises(ConfigError, match="circle"):
            toolbox(items, 3)
    else:
        assert len(toolbox(items, 3).names) == 8
