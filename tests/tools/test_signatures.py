"""What a function says of itself."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from detent.states.errors import ConfigError
from detent.tools import Context
from detent.tools.signatures import signature_of
from tests.tools.strategies import Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal


def example(
    path: str, context: Context, depth: Annotated[int, "levels"] = 2, *, at: Point | None = None
) -> Decimal:
    """Count the words
    of a file.

    Not this.

    Args:
        path: the file
        context: the call
        depth: not this, the annotation says it
        at: where
        nowhere: no such parameter
    """  # noqa: D205
    raise NotImplementedError


class Counter:
    """Counts."""

    def __init__(self, start: int) -> None:
        self.start = start

    def count(self, n: int) -> int:
        """Count on."""
        return self.start + n

    async def __call__(self, n: int) -> int:
        """Count on, later."""
        return self.start + n


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    """What somebody else's decorator does."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def star(*args: int) -> None:
    """Many."""


def stars(**kwargs: int) -> None:
    """Many."""


def positional(a: int, /) -> None:
    """One."""


def bare(a) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """One."""


def twice(a: Context, b: Context) -> None:
    """Two."""


def generator() -> Iterator[int]:
    """Endless."""
    yield 1


def hidden(a: Decimal) -> None:
    """A type that is only imported for type checkers."""


def surrogate(a: Annotated[int, "\ud800"]) -> None:
    """A description that is not Unicode."""


def looped() -> None:
    """Wraps itself."""


looped = functools.wraps(looped)(looped)


def test_reads_name_description_parameters_and_place() -> None:
    """Everything is in the function's own text, also behind the future import."""
    found = signature_of(example)

    assert found.name == "example"
    assert re.fullmatch(r".*/test_signatures\.py:\d+", found.source)
    assert found.description == "Count the words of a file."
    assert found.context_name == "context"
    assert found.defaults == {"depth": 2, "at": None}
    assert list(found.builds) == ["path", "depth", "at"]
    assert not found.asynchronous
    parameters = json.loads(found.parameters)
    assert parameters["required"] == ["path"]
    assert list(parameters["properties"]) == ["path", "depth", "at"]
    assert parameters["additionalProperties"] is False
    assert parameters["properties"]["path"] == {"type": "string", "description": "the file"}
    assert parameters["properties"]["depth"] == {"type": "integer", "description": "levels", "default": 2}
    assert parameters["properties"]["at"]["description"] == "where"


def test_takes_everything_that_can_be_called_by_name() -> None:
    """Bound methods, closures, objects and other people's decorators are fine."""
    counter = Counter(3)

    def closure(n: int) -> int:
        """Counts too."""
        return counter.start + n

    assert signature_of(counter.count).name == "count"
    assert signature_of(closure).description == "Counts too."
    called = signature_of(counter, "later")
    assert (called.name, called.asynchronous) == ("later", True)
    wrapped = signature_of(decorated(example))
    assert (wrapped.name, wrapped.source) == ("example", signature_of(example).source)
    assert signature_of(lambda: None, "nothing").description == ""


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (5, "5 cannot be a tool"),
        (Counter, "cannot be a tool"),
        (functools.partial(example, path="x"), "cannot be a tool"),
        (lambda: None, "has a name that no model can call"),
        (star, "parameter 'args' takes any number of values"),
        (stars, "parameter 'kwargs' takes any names"),
        (positional, "parameter 'a' is positional only"),
        (bare, "parameter 'a' has no annotation. Write its type, for example a: str."),
        (Counter.count, "parameter 'self' has no annotation. Decorate the bound method instead"),
        (twice, "takes the Context twice: a, b"),
        (generator, "is a generator"),
        (hidden, "parameter 'a' is annotated with 'Decimal', which cannot be found"),
        (surrogate, "cannot be described"),
        (looped, "does not say what it takes"),
        (print, "parameter 'args' takes any number of values"),
    ],
)
def test_refuses_functions_that_cannot_be_tools(function: Any, told: str) -> None:
    """What cannot be called by name with JSON is refused, with the function and its place."""
    with pytest.raises(ConfigError, match=re.escape(told)) as caught:
        signature_of(function)

    assert caught.value.hint


def test_refuses_names_that_are_no_words() -> None:
    """A model calls a tool by ASCII letters and digits."""
    for name in ("", "has space", "9th", "naïve", "x" * 65):
        with pytest.raises(ConfigError, match="no model can call"):
            signature_of(example, name)


def test_refuses_a_local_class_behind_the_future_import() -> None:
    """A name that only a function knows cannot be looked up, and the hint says what to do."""

    class Local:
        pass

    def uses(a: Local) -> None:
        """Use it."""

    with pytest.raises(ConfigError, match="'Local'") as caught:
        signature_of(uses)

    assert "top of the module" in caught.value.hint
