"""Text that is not ours can do nothing to a terminal."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from detent.fsm.cli import escape

patient = settings(suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
ANY = st.text(st.characters(exclude_categories=()), max_size=40)
ATTACKS = (
    "\x1b[2J\x1b[1;1H",
    "\x1b]0;title\x07",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]8;;http://example.org\x1b\\here\x1b]8;;\x1b\\",
    "\x9b31m",
    "safe\rEVIL",
    "abc\b\b\b",
    "\u202egnp.exe",
    "a\u200bb",
    "\U000e0069\U000e0067",
    "\u2028next",
    "\ud800",
    "\udcff",
    "a\ufe0f",
    "\u3164",
)


def _harmless(mark: str) -> bool:
    return (
        unicodedata.category(mark) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        or mark
        in "\n\t\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
        or 0x13430 <= ord(mark) <= 0x1343F
    )


def test_no_character_at_all_gets_through() -> None:
    """Every character there is, hostile or not, is either harmless or shown as an escape."""
    shown = escape.block("".join(map(chr, range(0x110000))))

    assert all(map(_harmless, set(shown)))


@patient
@given(ANY)
@example("".join(ATTACKS))
def test_block_lets_nothing_hidden_through(text: str) -> None:
    """Whatever a text holds, what is shown moves no cursor and hides nothing, and can be encoded."""
    shown = escape.block(text)

    assert all(_harmless(mark) for mark in shown)
    assert shown.encode().decode() == shown


@patient
@given(ANY)
def test_line_is_one_line(text: str) -> None:
    """A text shown as a line stays on it."""
    assert not set(escape.line(text)) & {"\n", "\t", "\r", "\x85", "\u2028"}


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_plain_text_stays_as_it_is(text: str) -> None:
    """What hides nothing is shown unchanged."""
    assert escape.block(text) == text == escape.line(text)


@patient
@given(
    st.recursive(ANY | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ANY, inner))
)
def test_json_reads_back_as_the_same_value(value: object) -> None:
    """JSON keeps its exact value and shows nothing raw."""
    shown = escape.json(json.dumps(value, ensure_ascii=False))

    assert json.loads(shown) == value
    assert all(_harmless(mark) for mark in shown)


def test_what_is_hidden_is_named() -> None:
    """An escape says which character stood there."""
    assert escape.block("a\x1b[31m\u202eb\x9bc") == "a\\x1b[31m\\u{202e}b\\x9bc"
    assert escape.line("a\nb\tc\r") == "a\\nb\\tc\\r"


def test_an_emoji_keeps_its_selector_and_nothing_else_does() -> None:
    """The selector that makes a sign an emoji stays; a second one, or one behind a letter, is shown."""
    assert escape.block("⚠\ufe0f ok") == "⚠\ufe0f ok"
    assert escape.block("⚠\ufe0f\ufe0f") == "⚠\ufe0f\\u{fe0f}"
    assert escape.block("a\ufe0f") == "a\\u{fe0f}"
