"""Rules: never wider than they read, and never silent where they can match nothing."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from detent.fsm.drivers.rules import Rule, allowed_by, check_rule, parse_rule
from detent.states import Spec
from detent.states.canonical import canonical
from detent.states.errors import NotFound, UsageError

from .making import PAY, READ

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
PATTERNS = st.text(st.characters(codec="ascii", exclude_characters=",\n\r"), min_size=1, max_size=12).map(
    str.strip
)
PARTS = st.sampled_from(["notes", "a", "b.md", "..", ".", "", "*", "deep", "secret"])
PATHS = st.lists(PARTS, min_size=1, max_size=6).map("/".join)


@given(NAMES, st.lists(st.tuples(NAMES, PATTERNS.filter(bool)), max_size=3))
def test_a_rule_reads_as_it_is_written(tool: str, patterns: list[tuple[str, str]]) -> None:
    """What a rule prints is the rule again, so stored ones mean what was allowed."""
    rule = Rule(tool, tuple(patterns))
    assert parse_rule(str(rule)) == rule


@pytest.mark.parametrize(
    "written", ["", "1tool", "put(", "put(path)", "put(=x)", "put(path=)", "put(a=b,c)", "a b"]
)
def test_what_is_no_rule_is_refused(written: str) -> None:
    """A rule that was mistyped is refused, and never taken for a wider one."""
    with pytest.raises(UsageError, match="not a rule"):
        parse_rule(written)


@given(PATHS)
@example("notes/../secret/b.md")
@example("notes/deep/../b.md")
@example("/notes/b.md")
def test_a_pattern_of_a_folder_never_leaves_it(path: str) -> None:
    """Whatever `notes/*` and `notes/**` allow lies in notes, and of the first directly there."""
    arguments = canonical({"path": path})
    plain = posixpath.normpath(path)
    for pattern in ("notes/*", "./notes/*", "notes/**"):
        if parse_rule(f"put(path={pattern})").allows("put", arguments):
            assert plain.startswith("notes/")
            assert ".." not in path.split("/")
            assert plain.count("/") == 1 or pattern.endswith("**")


@given(PATHS, PATHS)
def test_a_star_never_crosses_a_folder(pattern: str, path: str) -> None:
    """Without `**` a pattern and what it allows are equally deep."""
    assume("**" not in pattern)
    if parse_rule(f"put(path={pattern or '*'})").allows("put", canonical({"path": path})):
        plain, wanted = posixpath.normpath(path), posixpath.normpath(pattern or "*")
        assert path == pattern or plain.count("/") == wanted.count("/")


@pytest.mark.parametrize(
    ("rule", "given_value", "allowed"),
    [
        ("put", {"path": "anything", "n": 1}, True),
        ("put()", {"path": "anything"}, True),
        ("other", {"path": "a"}, False),
        ("put(path=a.md)", {"path": "a.md"}, True),
        ("put(path=a.md)", {"path": "./a.md"}, True),
        ("put(path=a.md)", {"path": "axmd"}, False),
        ("put(path=a.md)", {}, False),
        ("put(path=a.md)", {"path": None}, False),
        ("put(path=*)", {"path": ["a"]}, False),
        ("put(path=*)", {"path": {"a": 1}}, False),
        ("put(path=*)", {"path": "."}, False),
        ("put(path=*)", {"path": "a/b"}, False),
        ("put(path=**)", {"path": "a/b"}, True),
        ("put(path=**)", {"path": "/a/b"}, False),
        ("put(path=/a/**)", {"path": "/a/b/c"}, True),
        ("put(path=/a/**)", {"path": "/a/../b"}, False),
        ("put(path=a?c)", {"path": "abc"}, True),
        ("put(path=a?c)", {"path": "a/c"}, False),
        ("put(path=../x)", {"path": "../x"}, True),
        ("put(path=../*)", {"path": "../x"}, False),
        ("pay(to=me@example.org, amount=5)", {"to": "me@example.org", "amount": 5}, True),
        ("pay(to=me@example.org, amount=5)", {"to": "me@example.org", "amount": 50}, False),
        ("pay(to=me@example.org)", {"to": "me@example.orgx"}, False),
        ("pay(sure=true)", {"sure": True}, True),
        ("get(url=https://good.example/*)", {"url": "https://good.example/x"}, True),
        ("get(url=https://good.example/**)", {"url": "https://good.example/a/b"}, True),
        ("get(url=https://good.example/**)", {"url": "https://evil.example/../good.example/x"}, False),
        ("get(url=https://good.example/*)", {"url": "https://good.example@evil.example/x"}, False),
        ("get(url=https://good.example/*)", {"url": "http://good.example/x"}, False),
    ],
)
def test_a_rule_allows_exactly_what_it_says(rule: str, given_value: dict[str, object], allowed: bool) -> None:
    """A call passes where its tool and every named argument match, and nowhere else."""
    made = parse_rule(rule)
    tool = made.tool if rule != "other" else "put"
    assert made.allows(tool, canonical(given_value)) is allowed


def test_the_first_rule_that_allows_is_named() -> None:
    """The rule that let a call pass is told, as it was written."""
    rules = [parse_rule("pay"), parse_rule("look(to=*)"), parse_rule("look")]
    assert allowed_by(rules, "look", '{"to":"a"}') == "look(to=*)"
    assert allowed_by(rules, "look", "{}") == "look"
    assert allowed_by(rules, "put", "{}") == ""


def test_a_rule_that_can_match_nothing_is_refused() -> None:
    """A tool or an argument that is not there is told, with what there is."""
    spec = Spec(tools=(PAY, READ))
    check_rule(parse_rule("pay(to=*)"), spec)
    with pytest.raises(NotFound) as tool:
        check_rule(parse_rule("pey"), spec)
    with pytest.raises(NotFound) as argument:
        check_rule(parse_rule("pay(too=*)"), spec)
    assert "pay, look" in tool.value.hint
    assert "to, amount" in argument.value.hint or "amount, to" in argument.value.hint
