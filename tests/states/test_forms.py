"""Forms: the text of a value, and of what a click changed in it."""

from __future__ import annotations

import json

import pytest
from attrs import evolve, frozen
from hypothesis import given

from detent.states.canonical import canonical
from detent.states.codec import encode_snapshot, plain
from detent.states.errors import BadValue
from detent.states.events import Event, Told
from detent.states.forms import COLUMNS, Form, form
from detent.states.snapshot import Snapshot
from detent.store.patches import merge, patch_text
from tests.strategies import events, snapshots


@given(event=events())
def test_a_form_is_the_canonical_text_of_the_plain_value(event: Event) -> None:
    """Writing text at once and writing plain JSON first are one form."""
    made = plain(event)

    assert form(event) == canonical(made)
    assert form(event, without=("at", "run")) == canonical(
        {name: value for name, value in made.items() if name not in ("at", "run")}
    )


@given(snapshot=snapshots())
def test_a_snapshot_has_one_form(snapshot: Snapshot) -> None:
    """The one that its plain body has in canonical JSON."""
    made, body = Form.of(snapshot), encode_snapshot(snapshot)

    assert made.whole == canonical(body)
    assert made.patch == patch_text({}, body)


@given(before=snapshots(), after=snapshots(), last=snapshots())
def test_a_form_after_another_is_the_same(before: Snapshot, after: Snapshot, last: Snapshot) -> None:
    """Whatever was written before, and the patch is the difference of the plain bodies."""
    old = encode_snapshot(before)
    form_of_before = Form.of(before)
    for one in (after, last, last, evolve(last)):
        made, body = form_of_before.after(one), encode_snapshot(one)

        assert made.whole == canonical(body)
        assert made.patch == patch_text(old, body)
        columns = {name: body[name] for name in COLUMNS if name in body}
        kept = {name: value for name, value in old.items() if name not in COLUMNS}
        assert canonical({**merge(kept, json.loads(made.patch)), **columns}) == made.whole
        form_of_before, old = made, body


def test_what_is_not_unicode_is_refused() -> None:
    """A lone surrogate would be unreadable for ever."""
    with pytest.raises(BadValue, match="surrogate"):
        form(Told(run="r", at=1, number=1, note="\ud800"))


def test_a_stranger_has_no_form() -> None:
    """Only values of the machine are written."""

    @frozen
    class Odd:
        what: object

    with pytest.raises(BadValue, match="no place in a stored value"):
        form(Odd({"a": 1}))
