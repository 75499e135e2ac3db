"""Rules: never wider than they read, and never silent where they can match nothing."""

from __future__ import annotations

import fnmatch
import posixpath
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from detent.fsm.drivers.rules import Rule, allowed_by, check_rule, exactly, parse_rule
from detent.states import Spec
from detent.states.canonical import canonical
from detent.states.errors import NotFound, UsageError

from .making import PAY, READ

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
PATTERNS = (
    st.text(st.characters(codec="ascii", exclude_characters=",\n\r"), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda pattern: pattern and not pattern.startswith("="))
)
PARTS = st.sampled_from(["notes", "a", "b.md", "..", ".", "", "*", "deep", "secret"])
PATHS = st.lists(PARTS, min_size=1, max_size=6).map("/".join)
TEXTS = st.text(max_size=12) | st.text("ab,()=*?\\\"'\n\t /.~", max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
NOWHERE = "/nowhere/at/all"  # a folder with nothing in it


@given(NAMES, st.lists(st.tuples(NAMES, PATTERNS | VALUES.map(exactly)), max_size=3), st.booleans())
def test_a_rule_reads_as_it_is_written(tool: str, patterns: list[tuple[str, str]], closed: bool) -> None:
    """What a rule prints is the rule again, so stored ones mean what was allowed."""
    rule = Rule(tool, tuple(patterns), closed)
    assert parse_rule(str(rule)) == rule


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1tool",
        "put(",
        "put(path)",
        "put(=x)",
        "put(path=)",
        "put(a=b,c)",
        "a b",
        "put(a==)",
        "put(a==x)",
        "put(a==1 2)",
        'put(a=="b" c)',
        "put(a==NaN)",
        'put(a=={"b":1,"b":2})',
        "put(nothing else, a=b)",
        "put(nothing else,)",
        "put(a=b, nothing)",
    ],
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
        if parse_rule(f"put(path={pattern})").allows("put", arguments, NOWHERE):
            assert plain.startswith("notes/")
            assert ".." not in path.split("/")
            assert plain.count("/") == 1 or pattern.endswith("**")


@given(PATHS, PATHS)
def test_a_star_never_crosses_a_folder(pattern: str, path: str) -> None:
    """Without `**` a pattern and what it allows are equally deep."""
    assume("**" not in pattern)
    if parse_rule(f"put(path={pattern or '*'})").allows("put", canonical({"path": path}), NOWHERE):
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
        ("put(path=**)", {"path": "~/x"}, False),
        ("put(path=~/*)", {"path": "~/x"}, True),
        ('put(path=="a*")', {"path": "a*"}, True),
        ('put(path=="a*")', {"path": "ab"}, False),
        ('put(path=="a")', {"path": "./a"}, False),
        ("pay(amount==5)", {"amount": 5}, True),
        ("pay(amount==5)", {"amount": "5"}, False),
        ("pay(amount==5)", {"amount": 5.0}, False),
        ('pay(to=="a, b)", amount=5)', {"to": "a, b)", "amount": 5}, True),
        ('pay(to==["a", {"b": null}])', {"to": ["a", {"b": None}]}, True),
        ('pay(to==["a"])', {"to": ["a", "b"]}, False),
        ("pay(amount=5, nothing else)", {"amount": 5}, True),
        ("pay(amount=5, nothing else)", {"amount": 5, "$base": "x"}, True),
        ("pay(amount=5, nothing else)", {"amount": 5, "to": "me"}, False),
        ("pay(nothing else)", {}, True),
        ("pay(nothing else)", {"to": "me"}, False),
    ],
)
def test_a_rule_allows_exactly_what_it_says(rule: str, given_value: dict[str, object], allowed: bool) -> None:
    """A call passes where its tool and every named argument match, and nowhere else."""
    made = parse_rule(rule)
    tool = made.tool if rule != "other" else "put"
    assert made.allows(tool, canonical(given_value), NOWHERE) is allowed


def test_the_first_rule_that_allows_is_named() -> None:
    """The rule that let a call pass is told, as it was written."""
    rules = [parse_rule("pay"), parse_rule("look(to=*)"), parse_rule("look")]
    assert allowed_by(rules, "look", '{"to":"a"}', NOWHERE) == "look(to=*)"
    assert allowed_by(rules, "look", "{}", NOWHERE) == "look"
    assert allowed_by(rules, "put", "{}", NOWHERE) == ""


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


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.dictionaries(NAMES, VALUES, max_size=4))
@example({"A": "//"}, {})
@example({"A": "//nowhere/at"}, {"A": "/nowhere/at"})
def test_an_exact_rule_matches_its_values_and_no_others(call: dict[str, Any], other: dict[str, Any]) -> None:
    """Whatever signs are in them: written, printed, and read again, it allows these arguments and nothing else."""
    made = Rule("put", tuple((name, exactly(value)) for name, value in call.items()), closed=True)
    rule = parse_rule(str(made))

    assert rule == made
    assert rule.allows("put", canonical(call), NOWHERE)
    assert rule.allows("put", canonical(other), NOWHERE) is (canonical(call) == canonical(other))


# Links ----------------------------------------------------------------------------------------------------------

FOLDERS = ("notes", "notes/deep", "secret", "../outside")
NAMED = st.sampled_from(["notes", "deep", "secret", "a.md", "link", "other", "new"])
PLACES = st.lists(NAMED, min_size=1, max_size=3).map("/".join)
LEADS = st.sampled_from(
    [
        "secret",
        "../secret",
        "../secret/a.md",
        "..",
        "../..",
        ".",
        "link",
        "../outside",
        "../../outside/a.md",
        "deep",
        "ABSOLUTE/secret",
        "/etc",
        "gone/x",
    ]
)
TREES = st.dictionaries(
    st.sampled_from(["link", "other", "notes/link", "notes/other", "notes/deep/link"]), LEADS, max_size=4
)
GLOBS = st.lists(
    st.sampled_from(["notes", "deep", "secret", "a.md", "link", "*", "**", "n*", "?ink"]),
    min_size=1,
    max_size=3,
).map("/".join)


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    """A folder whose path has no link in it."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made).resolve()


def _planted(ground: Path, links: dict[str, str]) -> Path:
    """A run's folder with files, folders and these links; what lies beside it is not the run's."""
    shutil.rmtree(ground / "top", ignore_errors=True)
    root = ground / "top" / "run"
    root.mkdir(parents=True)
    for folder in FOLDERS:
        (root / folder).mkdir()
        (root / folder / "a.md").write_text("x")
    for name, target in links.items():
        (root / name).symlink_to(target.replace("ABSOLUTE", str(root)))
    return root


def _really(root: Path, path: str) -> Path:
    """Where a path leads; what goes round in circles leads nowhere, and nobody can open it."""
    try:
        return (root / path).resolve()
    except (OSError, RuntimeError):  # before and after Python 3.13
        return root / path


def _fits(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a path fits a pattern, part by part; written apart from the rules' own way."""
    if not pattern or not parts:
        return not pattern and not parts
    if pattern[0] == "**":
        return any(_fits(pattern[1:], parts[taken:]) for taken in range(1, len(parts) + 1))
    return fnmatch.fnmatchcase(parts[0], pattern[0]) and _fits(pattern[1:], parts[1:])


@given(TREES, GLOBS, PLACES)
@example({"notes/link": "../secret"}, "notes/**", "notes/link/a.md")
@example({"notes/link": "../secret/a.md"}, "notes/*", "notes/link")
@example({"link": "ABSOLUTE/secret"}, "link/*", "link/new")
@example({"link": "/etc"}, "**", "link/new")
@example({"notes/link": "link"}, "notes/*", "notes/link")
def test_no_rule_lets_pass_what_really_lies_elsewhere(
    ground: Path, links: dict[str, str], pattern: str, path: str
) -> None:
    """In a tree with any links, what a pattern lets pass is named by it, and really lies where it says."""
    root = _planted(ground, links)

    if parse_rule(f"put(path={pattern})").allows("put", canonical({"path": path}), root):
        wanted = pattern.split("/")
        assert _fits(wanted, path.split("/"))
        assert _fits(wanted, _really(root, path).relative_to(root).parts)


@given(TREES, PLACES)
def test_an_exact_path_that_leads_elsewhere_is_not_allowed(
    ground: Path, links: dict[str, str], path: str
) -> None:
    """A path that was allowed to the letter is not allowed as a link to another place."""
    root = _planted(ground, links)
    straight = _really(root, path) == root / path

    for value in (path, [path], {"a": path}):
        rule = Rule("put", (("path", exactly(value)),))
        assert rule.allows("put", canonical({"path": value}), root) is straight


@pytest.mark.parametrize(
    ("pattern", "path", "allowed"),
    [
        ("notes/*", "notes/a.md", True),
        ("notes/*", "notes/new.md", True),
        ("notes/*", "notes/link", False),
        ("notes/**", "notes/link/a.md", False),
        ("secret/*", "notes/link/a.md", False),
        ("notes/deep/*", "notes/near/a.md", False),
        ("notes/**", "notes/near/a.md", True),
        ("ROOT/notes/*", "ROOT/notes/a.md", True),
        ("ROOT/notes/*", "ROOT/notes/link", False),
        ("notes/*", "ROOT/notes/a.md", False),
        ("notes/link", "notes/link", False),
    ],
)
def test_a_link_is_followed_before_it_is_allowed(
    ground: Path, pattern: str, path: str, allowed: bool
) -> None:
    """A path passes where both it and the place that it leads to are named by the pattern."""
    root = _planted(ground, {"notes/link": "../secret", "notes/near": "deep"})
    rule = parse_rule(f"put(path={pattern.replace('ROOT', str(root))})")

    assert rule.allows("put", canonical({"path": path.replace("ROOT", str(root))}), root) is allowed


def test_a_folder_that_is_reached_by_a_link_is_the_folder(ground: Path) -> None:
    """A run that was begun in a link to its folder is allowed what lies in the folder."""
    root = _planted(ground, {})
    (ground / "top" / "way").symlink_to(root)

    assert parse_rule("put(path=notes/*)").allows(
        "put", canonical({"path": "notes/a.md"}), ground / "top" / "way"
    )


@pytest.mark.parametrize("path", ["a\x00b", "a" * 5000, "a/" * 3000 + "b", "\ud7ff", ""])
def test_what_is_no_path_is_compared_as_written(ground: Path, path: str) -> None:
    """A text that no system opens is looked up nowhere, and breaks nothing."""
    rule = Rule("put", (("path", exactly(path)),))

    assert rule.allows("put", canonical({"path": path}), ground)
    assert not parse_rule("put(path=notes/*)").allows("put", canonical({"path": path}), ground)
