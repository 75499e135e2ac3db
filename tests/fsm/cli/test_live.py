"""The display that moves: provisional text folds away, and only where lines may move."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.cli.display import BAR
from detent.fsm.cli.live import TAIL, LiveDisplay
from detent.fsm.cli.wording import width

from .kit import ANSI, Place, call
from .test_display import Heard
from .test_escape import ANY

TALKING = '''
import time

from detent import Agent, Context, tool


@tool(effect="read")
def dig(depth: int, context: Context) -> str:
    """Dig for a while.

    Args:
        depth: how deep
    """
    context.progress("half \\x1b[2Jway")
    time.sleep(1.0)
    return "dug"


agent = Agent(model="script:model.json", tools=[dig])
'''


def test_what_is_going_on_is_shown_and_folds_away(place: Place) -> None:
    """While a tool works its progress stands below, harmless; when it is done only the clicks stay."""
    place.write("agent.py", TALKING)
    place.script(call("dig", depth=3), "Dug.")
    terminal = place.terminal("run", "Dig.", "-a", "agent.py")

    terminal.expect("│ half \\x1b[2Jway")
    terminal.expect("Ctrl-C parks the run")

    assert terminal.end() == 0
    assert b"\x1b[2K" in terminal.raw
    assert b"\x1b[2Jway" not in terminal.raw.replace(b"\\x1b[2Jway", b"")
    assert terminal.raw.count(b"\x1b[?25l") == terminal.raw.count(b"\x1b[?25h")


def test_plain_lines_do_not_move(place: Place) -> None:
    """With --plain, a dumb terminal, or --quiet no line moves."""
    place.write("agent.py", TALKING)
    place.script(call("dig", depth=3), "Dug.")

    for words, env in ((["--plain"], {}), ([], {"TERM": "dumb"})):
        terminal = place.terminal("run", "Dig.", "-a", "agent.py", *words, env=env)
        assert terminal.end() == 0
        assert {found[-1] for found in ANSI.findall(terminal.raw.decode())} <= {"m"}
        assert "│ half \\x1b[2Jway" in terminal.seen


def test_no_color_takes_the_colours_away(place: Place) -> None:
    """NO_COLOR leaves the same words without colours."""
    terminal = place.terminal("run", "Say hello.", "-m", place.script("Hello."), env={"NO_COLOR": "1"})

    assert terminal.end() == 0
    assert "PLANNING" in terminal.seen
    assert not [
        found
        for found in ANSI.findall(terminal.raw.decode())
        if found.endswith("m") and found not in ("\x1b[0m", "\x1b[2m", "\x1b[1m")
    ]


@given(st.lists(ANY, max_size=6), st.integers(50, 132))
def test_provisional_text_is_harmless_and_small(pieces: list[str], columns: int) -> None:
    """However the model's text is cut into pieces, its tail stands behind a bar, harmless, in a few lines that fit."""
    display = LiveDisplay(Heard(columns))

    for piece in pieces:
        display.say("content", piece)
    lines = [str(line) for line in display._drawn().renderables]

    assert len(lines) <= TAIL + 1
    assert all(line.startswith(BAR) for line in lines[:-1])
    assert all(width(line) <= columns for line in lines)
    assert not set("".join(lines)) & set("\x1b\x07\r\n\x9b\u202e\u200b")
