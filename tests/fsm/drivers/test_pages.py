"""The page of a run: it can be read in the light and in the dark, on a desk and on a telephone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from detent.fsm.drivers.pages import STYLE, page
from detent.states.names import State
from detent.store import Store
from detent.tools import tool

from .rig import call, rig

GROUNDS = {"light": "#ffffff", "dark": "#121212"}  # what browsers lie under a page that says nothing
LEAST = 4.5  # the contrast that text needs


def light(colour: str) -> float:
    """The relative luminance of a colour."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How much two colours differ, from 1 to 21."""
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def colours(scheme: str) -> dict[str, str]:
    """The colours by name, as they are in a scheme."""
    bright, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    known = dict(re.findall(r"--(\w+): (#\w{6})", bright))
    return known if scheme == "light" else known | dict(re.findall(r"--(\w+): (#\w{6})", dark))


@pytest.mark.parametrize("scheme", GROUNDS)
def test_every_word_of_a_page_can_be_read(scheme: str) -> None:
    """The colour of every state, and of what is said softly, stands out from the ground it is on."""
    found = {name: contrast(one, GROUNDS[scheme]) for name, one in colours(scheme).items() if name != "bar"}
    assert len(found) == len(State) + 1
    assert [name for name, one in found.items() if one < LEAST] == []


def test_every_state_has_its_colour() -> None:
    """No state is shown without one."""
    assert set(re.findall(r"\.([A-Z_]+) \{ color: var", STYLE)) == {state.value for state in State}


@tool(effect="once", preview=lambda _context, to: f"- nobody\n+ {to}")
def pay(to: str) -> str:
    """Pay."""
    return f"paid {to}"


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (
            call("pay", to="<b>Eve</b>"),
            ["May pay run", "pay({", "&lt;b&gt;Eve", "+ &lt;b&gt;Eve", "approval-1.0.0-1"],
        ),
        (call("ask_person", question="Is <i>it</i>?"), ["Is &lt;i&gt;it&lt;/i&gt;?", "question-1-0"]),
        ("Done.", []),
    ],
)
def test_a_page_says_what_its_run_waits_for(tmp_path: Path, turn: Any, told: list[str]) -> None:
    """Who is sent it can tell what is asked, about exactly which call; one that waits for nothing does not say so."""
    made = rig(tmp_path, [turn, "Over."], pay, "ask_person")
    run = made.run()
    with Store.open(made.store, mode="read") as store:
        written = page(store, run.id, run.snapshot.seq, lambda said: said)
    waits = written.partition("What it waits for")[2].partition("<h2>")[0]
    assert bool(waits) == bool(told)
    assert [one for one in told if one not in waits] == []
