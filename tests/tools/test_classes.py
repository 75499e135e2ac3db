"""Classes as arguments."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, NamedTuple, NotRequired, Required, TypedDict

import attr
import attrs
import pytest

from detent.states.errors import ConfigError
from detent.tools.classes import MISSING, Member, described, is_class, members, resolved
from tests.tools.strategies import Options, Point, Span


@attrs.frozen
class Private:
    """Fields of every kind."""

    _hidden: int
    made: list[int] = attrs.field(factory=list)
    known: Annotated[str, "words"] = "x"
    derived: int = attrs.field(init=False, default=3)


@dataclasses.dataclass
class Generated:  # noqa: D101 - its docstring is generated
    a: int
    b: list[int] = dataclasses.field(default_factory=list)
    c: int = 3
    d: int = dataclasses.field(init=False, default=4)


@dataclasses.dataclass
class Seen:
    """Sees something at the start."""

    what: dataclasses.InitVar[int]


class Partly(TypedDict, total=False):
    """Marks in words, as the future import makes them."""

    a: int
    b: Required[int]


class More(Partly):
    """More of it."""

    c: int
    d: NotRequired[Annotated[str, "four"]]


@attrs.frozen
class Lost:
    """A type that is nowhere."""

    x: Nowhere  # type: ignore[name-defined]  # noqa: F821


@attr.s
class Untyped:  # type: ignore[no-untyped-def]  # what it is here for
    """A field of the old kind."""

    x = attr.ib()  # type: ignore[var-annotated]
    y = attr.ib(type=int)


class Pair(NamedTuple):
    """Not one of them."""

    a: int


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (Point, [Member("x", int, True), Member("y", int, False)]),
        (
            Private,
            [
                Member("hidden", int, True),
                Member("made", list[int], False),
                Member("known", Annotated[str, "words"], False),
            ],
        ),
        (Generated, [Member("a", int, True), Member("b", list[int], False), Member("c", int, False)]),
        (Options, [Member("depth", int, True), Member("name", str, False)]),
    ],
)
def test_finds_what_the_constructor_takes(kind: type, found: list[Member]) -> None:
    """Names, types and needs are those of the constructor."""
    assert members(kind, "here") == found


def test_finds_the_defaults_that_are_known() -> None:
    """A default that only a factory knows is not told."""
    assert [each.default for each in members(Private, "here")] == [MISSING, MISSING, "x"]
    assert [each.default for each in members(Generated, "here")] == [MISSING, MISSING, 3]


def test_reads_marks_that_are_text() -> None:
    """Required and NotRequired count, also under the future import and in a subclass."""
    assert {each.name: each.required for each in members(More, "here")} == {
        "a": False,
        "b": True,
        "c": True,
        "d": False,
    }


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Lost, "class Lost is annotated with 'Nowhere', which cannot be found"),
        (Untyped, "field Untyped.x has no type"),
        (Seen, "field Seen.what is an InitVar"),
    ],
)
def test_refuses_fields_that_cannot_be_sent(kind: type, told: str) -> None:
    """A field without a type, or with one that is nowhere, is an error that names it."""
    with pytest.raises(ConfigError, match=told):
        members(kind, "here")


def test_knows_a_class_from_other_types() -> None:
    """Only classes with fields are classes here."""
    assert all(is_class(kind) for kind in (Point, Span, Options, Generated))
    assert not any(is_class(kind) for kind in (int, Pair, list[int], None))


def test_reads_docstrings_that_somebody_wrote() -> None:
    """The docstring that a dataclass generates says nothing."""
    assert described(Point).description == "A point in the plane."
    assert described(Generated).description == ""
    assert described(type("Bare", (), {})).description == ""


@pytest.mark.parametrize(
    ("annotation", "told"),
    [("Nowhere", "'Nowhere'"), ("int[", "no type"), ("dataclasses.no", "no type")],
)
def test_refuses_annotations_that_are_no_types(annotation: Any, told: str) -> None:
    """A text that names nothing, or is no type, is an error with a place."""
    with pytest.raises(ConfigError, match=told) as caught:
        resolved(annotation, {"dataclasses": dataclasses}, "Tool t: parameter 'p'")

    assert caught.value.message.startswith("Tool t: parameter 'p' ")
