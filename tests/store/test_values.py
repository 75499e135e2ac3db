"""The values the store takes and gives."""

import inspect

import attrs
import pytest

from detent.states import text
from detent.store import Placed, values

CLASSES = [one for _, one in inspect.getmembers(values, attrs.has) if one.__module__ == values.__name__]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: str(kind.__name__))
def test_a_value_is_frozen(kind: type) -> None:
    """No value of the store can be changed."""
    blank: object = object.__new__(kind)
    name = attrs.fields(kind)[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(blank, name, 1)


def test_all_is_all() -> None:
    """What the file offers are its values, and all of them."""
    assert {kind.__name__ for kind in CLASSES} == set(values.__all__) - {"InboxKind"}


def test_a_message_is_its_place_and_text() -> None:
    """Whether its click is known does not make a message another one."""
    assert Placed(1, text("turn", "x")) == Placed(1, text("turn", "x"), 5)
