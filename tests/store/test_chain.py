"""The chain."""

from typing import Any

import pytest
from attrs import evolve

from detent.states import text
from detent.states.codec import snapshot_digest as digest_of_the_codec
from detent.store import RunRecord, Settled
from detent.store.chain import (
    as_bytes,
    as_text,
    decision_line,
    first_chain,
    message_line,
    next_chain,
    shown,
    snapshot_digest,
)

RECORD = RunRecord(
    id="a" * 26, spec=text("spec", "{}"), created=7, goal="g", folder="/f", origin={"file": "a.py"}
)
CHANGES: list[dict[str, Any]] = [
    {"id": "b" * 26},
    {"spec": text("spec", "[]")},
    {"created": 8},
    {"name": "n"},
    {"goal": "h"},
    {"parent": ("c" * 26, 3)},
    {"folder": "/g"},
    {"origin": {}},
]


def test_digests_are_those_of_the_codec() -> None:
    """The digest of a body is the one the codec gives it, so stores and kernels agree."""
    assert as_text(snapshot_digest('{"ü":1}')) == digest_of_the_codec('{"ü":1}')
    assert as_bytes(digest_of_the_codec("{}")) == snapshot_digest("{}")


def test_the_form_is_frozen() -> None:
    """The chain of a known run and row is the one it always was."""
    first = first_chain(RECORD)
    assert as_text(first) == "sha256:d593488b37c73502c4d9dde16bddabef259c43b07d391b3546d2b414c6669b8b"
    assert (
        as_text(next_chain(first, snapshot_digest("{}"), ("0", "PLANNING")))
        == "sha256:16e4152f40353be9c2a3036a8b3b3ba4799f869d76370cbbc1309025c8d7e1e9"
    )


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(next(iter(change))))
def test_the_chain_begins_with_the_whole_record(change: dict[str, Any]) -> None:
    """Another value in any field of a run's record is another chain; only labels are free."""
    assert first_chain(evolve(RECORD, **change)) != first_chain(RECORD)
    assert first_chain(evolve(RECORD, labels=("x",))) == first_chain(RECORD)


def test_every_line_counts() -> None:
    """Another predecessor, digest, column or line, or another order of them, is another chain."""
    a, b = snapshot_digest("a"), snapshot_digest("b")
    made = {
        next_chain(a, a, ("0", "x")),
        next_chain(b, a, ("0", "x")),
        next_chain(a, b, ("0", "x")),
        next_chain(a, a, ("1", "x")),
        next_chain(a, a, ("x", "0")),
        next_chain(a, a, ("0", "x", message_line(0, "d"))),
        next_chain(a, a, ("0", "x", message_line(1, "d"))),
        next_chain(a, a, ("0", "x", decision_line(Settled("g", "limit", 0, "Extended", "me", 1)))),
        next_chain(a, a, ("0", "x", decision_line(Settled("g", "limit", 0, "Denied", "me", 1)))),
    }
    assert len(made) == 9


def test_any_column_can_be_shown() -> None:
    """A digest column of a damaged file, whatever it holds, can be named in a message."""
    assert shown(b"\x01") == "sha256:01"
    assert shown(None) == shown("text") == "(no digest)"
