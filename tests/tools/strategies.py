"""Hypothesis strategies for tools: JSON values, and types with the values they hold."""

import dataclasses
import enum
import types
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import attrs
from hypothesis import strategies as st

whole = st.integers(-(2**63), 2**63 - 1)
real = st.floats(allow_nan=False, allow_infinity=False)
json_scalars = st.none() | st.booleans() | whole | real | st.text(max_size=12)
json_values = st.recursive(
    json_scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


class Colour(enum.Enum):
    """An Enum with string values."""

    RED = "red"
    DARK_BLUE = "dark blue"


class Level(enum.IntEnum):
    """An Enum with other values."""

    LOW = 1
    HIGH = 2


@attrs.frozen
class Point:
    """A point in the plane.

    Args:
        x: to the right
        y: upwards
    """

    x: int
    y: int = 0


@dataclasses.dataclass(frozen=True)
class Span:
    """From here to there."""

    start: Point
    labels: tuple[str, ...] = ()
    colour: Colour | None = None


class Options(TypedDict):
    """Options of something."""

    depth: int
    name: NotRequired[str]


SCALARS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (str, st.text(max_size=12)),
    (int, whole),
    (bool, st.booleans()),
    (float, real),
    (None, st.none()),
    (Colour, st.sampled_from(Colour)),
    (Level, st.sampled_from(Level)),
    (Literal["a", "b", 3, True], st.sampled_from(["a", "b", 3, True])),
    (Annotated[int, "how many"], whole),
]
points = st.builds(Point, whole, whole)
CLASSES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (Point, points),
    (
        Span,
        st.builds(
            Span,
            points,
            st.lists(st.text(max_size=4), max_size=3).map(tuple),
            st.none() | st.sampled_from(Colour),
        ),
    ),
    (Options, st.fixed_dictionaries({"depth": whole}, optional={"name": st.text(max_size=4)})),
    (Path, st.text("abc./", min_size=1, max_size=6).map(Path)),
    (Any, json_scalars),
]


@st.composite
def typed(draw: st.DrawFn, depth: int = 2) -> tuple[Any, st.SearchStrategy[Any]]:
    """A type that a parameter may have, with a strategy for its values."""
    if depth == 0 or draw(st.booleans()):
        leaf: tuple[Any, st.SearchStrategy[Any]] = draw(
            st.sampled_from(SCALARS + CLASSES if depth else SCALARS)
        )
        return leaf
    inner, values = draw(typed(depth=depth - 1))
    kind = draw(st.sampled_from(["list", "tuple", "pair", "dict", "optional", "set"]))
    match kind:
        case "list":
            return types.GenericAlias(list, (inner,)), st.lists(values, max_size=3)
        case "tuple":
            return types.GenericAlias(tuple, (inner, ...)), st.lists(values, max_size=3).map(tuple)
        case "pair":
            return types.GenericAlias(tuple, (inner, bool)), st.tuples(values, st.booleans())
        case "dict":
            return types.GenericAlias(dict, (str, inner)), st.dictionaries(
                st.text(max_size=5), values, max_size=3
            )
        case "optional":
            return (inner, values) if inner in (None, Any) else (inner | None, values | st.none())
        case _:
            item, items = draw(st.sampled_from(SCALARS))
            return types.GenericAlias(set, (item,)), st.sets(items, max_size=3)
