"""Merge patches."""

import copy
import json
import sqlite3
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detent.states.canonical import canonical
from detent.store.patches import diff, merge, same

KEYS = st.text(st.characters(codec="utf-8"), max_size=4) | st.sampled_from(["a", "b", "0"])
SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8"), max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


@given(OBJECTS, OBJECTS)
def test_a_patch_leads_to_what_it_was_made_for(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Merging the difference of two objects into the first gives exactly the second."""
    assert same(merge(old, diff(old, new)), new)


@given(OBJECTS, OBJECTS)
def test_nothing_given_is_changed(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Neither objects nor patches are changed by making or merging patches."""
    kept = copy.deepcopy((old, new))
    patch = diff(old, new)
    kept_patch = copy.deepcopy(patch)
    merge(old, patch)
    assert (old, new) == kept
    assert patch == kept_patch


@given(OBJECTS)
def test_equal_objects_differ_by_nothing(one: dict[str, Any]) -> None:
    """The patch between equal objects is empty."""
    assert diff(one, copy.deepcopy(one)) == {}


@given(OBJECTS, OBJECTS)
def test_sqlite_merges_alike(old: dict[str, Any], new: dict[str, Any]) -> None:
    """What SQLite's own json_patch makes of canonical texts is, canonical again, what we make."""
    raw = sqlite3.connect(":memory:")
    (merged,) = raw.execute("SELECT json_patch(?, ?)", (canonical(old), canonical(diff(old, new)))).fetchone()
    raw.close()
    assert canonical(json.loads(merged)) == canonical(new)


def test_types_are_compared() -> None:
    """True is not 1, however deep, so a change from one to the other is a change."""
    assert diff({"a": True, "b": [1]}, {"a": 1, "b": [True]}) == {"a": 1, "b": [True]}
    assert not same([{"a": 1}], [{"a": True}])


def test_a_key_that_goes_is_null() -> None:
    """A patch says null where a key is gone, and the whole new value where the kind changes."""
    assert diff({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 2}}) == {"a": None, "b": {"d": None}}
    assert diff({"a": {"b": 1}}, {"a": 2}) == {"a": 2}
    assert merge({"a": 2}, {"a": {"b": 1}}) == {"a": {"b": 1}}
