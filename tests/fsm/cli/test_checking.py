"""`check`: the proof that an agent stops, for a person and for a program."""

from __future__ import annotations

from .kit import Place

UNDOCUMENTED = """
from detent import Agent, tool


@tool(effect="read")
def mystery(x: int) -> int:
    return x


agent = Agent(model="script:model.json", tools=[mystery])
"""


def test_the_most_a_run_can_take_is_told(place: Place) -> None:
    """With the usual limits a run of tools that ask takes at most 955 clicks, 30 turns, 90 replies and 246 attempts."""
    done = place.detent("check", place.agent("Hello."))

    assert done.code == 0
    for part in (
        "agent.py:agent stops.",
        "955",
        "30",
        "90",
        "82",
        "246 attempts",
        "20 min",
        "pay asks first",
    ):
        assert part in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())


def test_the_maxima_in_json_have_their_names(place: Place) -> None:
    """For a program the maxima are numbers under fixed names, with what holds if nobody is asked beside them."""
    made = place.detent("check", "-a", place.agent("Hello."), "--json").json

    assert (made["transitions"], made["model_turns"], made["tool_calls"]) == (955, 30, 82)
    assert (made["model_calls"], made["attempts"], made["at_limit"], made["exit"]) == (90, 246, "ask", 0)
    assert made["finish"]["transitions"] == 472


def test_limits_on_the_command_line_count(place: Place) -> None:
    """An agent of flags alone is checked with the limits given there."""
    words = ["check", "-t", "files", "--limit", "model_turns=3", "--at-limit", "finish", "--json"]

    made = place.detent(*words).json

    assert (made["model_turns"], made["at_limit"], made["extensions"]) == (3, "finish", 0)


def test_a_tool_without_a_docstring_is_a_warning(place: Place) -> None:
    """What a small model would guess at is said with its line, and --strict makes it 1."""
    place.write("mystery.py", UNDOCUMENTED)

    done = place.detent("check", "mystery.py")
    assert (done.code, "mystery has no docstring" in done.err, "mystery.py:" in done.err) == (0, True, True)
    strict = place.detent("check", "mystery.py", "--strict", "--json")
    assert (strict.code, strict.json["exit"], strict.json["warnings"][0]["tool"]) == (1, 1, "mystery")


def test_a_workflow_is_bounded_by_its_steps(place: Place) -> None:
    """A workflow's bound follows from its steps."""
    from .test_running import WORKFLOW  # noqa: PLC0415 - the same workflow is run there

    place.write("flow.py", WORKFLOW)

    made = place.detent("check", "flow.py", "--json").json
    place.detent("run", "-a", "flow.py")

    assert made["transitions"] == place.head().seq
    assert made["tool_calls"] == 1
