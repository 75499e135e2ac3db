"""The built-in sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.states.errors import NotFound
from detent.states.names import Effect
from detent.tools import tool_sets
from detent.tools.sets import named_tools


def test_has_the_sets_that_are_promised() -> None:
    """Names and effects of the built-in tools are fixed."""
    found = {each.name: {one.name: one.effect for one in each.tools} for each in tool_sets().values()}

    assert found == {
        "files": {
            "list_dir": Effect.READ,
            "read_file": Effect.READ,
            "search_files": Effect.READ,
            "write_file": Effect.IDEMPOTENT,
            "edit_file": Effect.ONCE,
            "move_file": Effect.ONCE,
            "delete_file": Effect.ONCE,
        },
        "output": {"read_output": Effect.READ},
    }


def test_describes_every_set_tool_and_parameter() -> None:
    """Whoever reads the list, a person or a model, is told what each thing is."""
    for each in tool_sets().values():
        assert each.description
        assert "\n" not in each.description
        for one in each.tools:
            assert one.description
            assert one.parameters.count('"description"') == len(one.builds)
            assert one.version == 1


def test_finds_sets_and_single_tools() -> None:
    """A set is found by its name, one tool by the set's name and its own."""
    assert [one.name for one in named_tools("output")] == ["read_output"]
    assert [one.name for one in named_tools("files.read_file")] == ["read_file"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("file", "Did you mean 'files'? There are: files, output."),
        ("read_file", "Did you mean 'files.read_file'?"),
        ("files.readfile", "Did you mean 'files.read_file'?"),
        ("zzzzzz", "There are: files, output."),
    ],
)
def test_says_what_there_is(name: str, hint: str) -> None:
    """A name that finds nothing is answered by the names that would."""
    with pytest.raises(NotFound) as caught:
        named_tools(name)

    assert caught.value.hint.startswith(hint)


@given(st.text())
def test_finds_nothing_by_accident(name: str) -> None:
    """No other name finds a tool."""
    known = set(tool_sets()) | {
        f"{each.name}.{one.name}" for each in tool_sets().values() for one in each.tools
    }
    if name not in known:
        with pytest.raises(NotFound):
            named_tools(name)
