"""What can be asked of a tool."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detent.states.canonical import canonical
from detent.states.names import Approval
from detent.states.spec import ToolSpec
from detent.tools import BadArguments, Context, ToolError, base_of, tool
from detent.tools.value import UNAVAILABLE
from tests.tools.strategies import Colour, Point, json_values


@tool
def paint(at: Point, colour: Colour = Colour.RED, tags: set[int] = {1}, *, width: float = 1) -> str:  # noqa: B006
    """Paint something."""
    return f"{at} {colour} {tags} {width}"


def anything(value: Any = None) -> str:
    """Take anything."""
    return str(value)


TEXTS = st.dictionaries(st.text(max_size=5), json_values, max_size=3).map(
    lambda value: canonical({"value": value})
)
BASES = st.text(min_size=1, max_size=20)


def test_builds_python_values() -> None:
    """The arguments of a call are what the annotations say."""
    text = paint.check({"at": {"x": "1"}, "colour": "RED", "tags": 5, "width": "2"})

    assert text == '{"at":{"x":1},"colour":"red","tags":[5],"width":2}'
    made = paint.arguments(text)
    assert made == {"at": Point(1), "colour": Colour.RED, "tags": {5}, "width": 2.0}
    assert type(made["width"]) is float
    assert paint(**made) == f"{Point(1)} {Colour.RED} {{5}} 2.0"


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"colour":"red"}', '{"at":{"x":1},"other":2}'])
def test_builds_nothing_of_other_texts(text: str) -> None:
    """What `check` did not make is refused, not called with."""
    with pytest.raises(BadArguments):
        paint.arguments(text)


@settings(deadline=None)
@given(text=TEXTS, base=BASES)
def test_binds_a_base_into_the_bytes(text: str, base: str) -> None:
    """A base can be read back, changes the bytes and not the arguments, and is never there by accident."""
    made = tool(anything)
    bound = made.bind(text, base)

    assert base_of(text) == ""
    assert base_of(bound) == base
    assert bound != text
    assert made.arguments(bound) == made.arguments(text)
    assert made.bind(text, "") == text
    assert canonical(json.loads(bound)) == bound
    assert made.bound(bound, Context()).base == base
    with pytest.raises(BadArguments):
        made.check(bound)


def test_reads_only_a_text_as_base() -> None:
    """A base that is no text, or not at the top, binds nothing."""
    assert base_of('{"$base":5}') == ""
    assert base_of('{"a":{"$base":"x"}}') == ""
    context = Context(base="given")
    assert paint.bound("{}", context) is context


@given(amount=st.integers(-1000, 1000))
def test_asks_by_its_rule(amount: int) -> None:
    """Never, always, or as a function of the arguments says, defaults included."""

    def pay(amount: int = 50, to: str = "me") -> str:
        """Pay."""
        return f"{amount} {to}"

    text = canonical({"amount": amount})
    assert tool(pay, approval="always").asks(text)
    assert not tool(pay, approval="never").asks(text)
    assert tool(pay, approval=lambda amount: amount > 100).asks(text) is (amount > 100)
    assert tool(pay, approval=lambda **arguments: arguments["to"] == "me").asks(text)
    assert not tool(pay, approval=lambda amount: amount > 100).asks("{}")


@pytest.mark.parametrize("error", [ValueError, KeyError, SystemExit, RecursionError])
def test_asks_when_its_rule_fails(error: type[BaseException]) -> None:
    """A rule that raises asks, whatever it raises; so does one for arguments that cannot be built."""

    def rule(value: Any) -> bool:
        raise error(value)

    made = tool(anything, approval=rule)
    assert made.approval is Approval.PREDICATE
    assert made.asks("{}")
    assert tool(anything, approval=lambda: False).asks("broken")


def test_shows_what_a_call_would_do() -> None:
    """A preview gets the context with what is bound, the arguments and the defaults."""
    made = tool(anything, preview=lambda context, value: f"{context.run} {context.base} {value}")

    assert made.previews('{"$base":"b","value":1}', Context(run="r")) == "r b 1"
    assert made.previews("{}", Context(run="r")) == "r  None"
    assert tool(anything).previews("{}", Context()) == ""


def test_says_that_there_is_no_preview() -> None:
    """A preview that fails is a sentence for the person, not an error."""

    def preview(_context: Context) -> str:
        raise ToolError("The file is gone.")

    assert tool(anything, preview=preview).previews("{}", Context()) == "No preview: The file is gone."


def test_finds_out_what_to_bind() -> None:
    """A base hook is asked; one that fails gives a word that nothing has, so that the call is refused."""

    def broken(_context: Context) -> str:
        raise OSError

    assert (
        tool(anything, base=lambda context, value: f"{context.run}{value}").bases("{}", Context(run="r"))
        == "rNone"
    )
    assert tool(anything).bases("{}", Context()) == ""
    assert tool(anything, base=broken).bases("{}", Context()) == UNAVAILABLE


@given(st.floats(0.0001, 1e6), st.integers(1, 100), st.none() | st.integers(1, 100))
def test_says_what_a_run_stores(timeout: float, default: int, attempts: int | None) -> None:
    """A spec holds words and whole numbers: milliseconds, names of fallbacks, the attempts that hold."""
    other = tool(anything, name="other")
    made = tool(
        anything, timeout=timeout, attempts=attempts, fallback=[other, "x"], output_cap=attempts, version=3
    )
    spec = made.spec(default)

    assert isinstance(spec, ToolSpec)
    assert spec.timeout >= 1
    assert abs(spec.timeout - timeout * 1000) <= 1
    assert spec.attempts == (attempts or default)
    assert spec.output_cap == (attempts or 0)
    assert spec.fallback == ("other", "x")
    assert (spec.name, spec.description, spec.version) == ("anything", "Take anything.", 3)
    assert spec.parameters == made.parameters


def test_looks_like_its_function() -> None:
    """Documentation tools find the function."""
    assert inspect.unwrap(paint) is paint.function
    assert paint.source.startswith(str(Path(__file__)))
