"""`tools`: what an agent may call, with what it means to call it."""

from __future__ import annotations

from .kit import Place


def test_the_built_in_sets_are_listed(place: Place) -> None:
    """Each set has its tools, their effects, and whether they ask first."""
    shown = place.detent("tools").out

    assert "files  " in shown
    assert "read_file     read        runs unasked" in shown
    assert "edit_file     once        asks first" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_an_agents_tools_are_listed(place: Place) -> None:
    """For an agent file its own tools are told, for a program with their schemas."""
    agent = place.agent("Hello.")

    done = place.detent("tools", "-a", agent, "--json")

    (group,) = done.json
    pay = next(one for one in group["tools"] if one["name"] == "pay")
    assert (pay["effect"], pay["approval"], pay["parameters"]["properties"]["amount"]["type"]) == (
        "once",
        "always",
        "integer",
    )
    assert "loading" in done.err


def test_an_agent_that_is_wrong_is_said(place: Place) -> None:
    """A file that is not there is 2, one that is wrong 78."""
    place.write("broken.py", "import nothing_of_that_name")

    assert place.detent("tools", "-a", "gone.py").code == 2
    assert place.detent("tools", "-a", "broken.py").code == 78
