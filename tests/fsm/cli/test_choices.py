"""What may be typed at a gate."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.cli.choices import AGAIN, ALLOW, HARMLESS, LEAVE, VIEW, offer, understood
from detent.fsm.drivers.decisions import OFFERED
from detent.states import GateKind


def _view(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "allow": "pay", "rerun": True, "still_running": False} | more


KINDS = st.sampled_from([kind.value for kind in GateKind])


@pytest.mark.parametrize(
    ("kind", "typed", "meant"),
    [
        ("approval", "y", ("approve", "")),
        ("approval", "YES ", ("approve", "")),
        ("approval", "", ("deny", "")),
        ("approval", "n", ("deny", "")),
        ("approval", "n because it is mine", ("deny", "it is mine")),
        ("approval", "y but carefully", (AGAIN, "")),
        ("approval", "maybe", (AGAIN, "")),
        ("approval", "v", (VIEW, "")),
        ("approval", "a", (ALLOW, "")),
        ("approval", "always", (ALLOW, "")),
        ("approval", "a few", (AGAIN, "")),
        ("approval", "e", ("edit", "")),
        ("approval", "q", (LEAVE, "")),
        ("doubt", "", (LEAVE, "")),
        ("doubt", "h sent", ("happened", "sent")),
        ("doubt", "f no network", ("failed", "no network")),
        ("doubt", "r", ("did_not_happen", "")),
        ("question", "The one from March.", ("answer", "The one from March.")),
        ("question", "n", ("deny", "")),
        ("question", "", (LEAVE, "")),
        ("limit", "m", ("approve", "")),
        ("limit", "", ("deny", "")),
        ("limit", "more please", (AGAIN, "")),
        ("loop", "look elsewhere", ("answer", "look elsewhere")),
        ("loop", "f", ("deny", "")),
    ],
)
def test_a_word_means_what_is_shown(kind: str, typed: str, meant: tuple[str, str]) -> None:
    """Each choice is understood as it is offered."""
    assert understood(_view(kind), typed) == meant


@given(KINDS, st.text(max_size=30))
def test_anything_typed_is_understood_or_asked_again(kind: str, typed: str) -> None:
    """Whatever is typed settles the gate in a way it takes, leaves it, shows it, or is asked again."""
    how, _ = understood(_view(kind), typed)

    assert how in (*OFFERED[GateKind(kind)], ALLOW, LEAVE, VIEW, AGAIN)


@given(KINDS, st.sampled_from(["", " ", "\t"]))
def test_the_empty_answer_does_nothing_that_cannot_be_undone(kind: str, typed: str) -> None:
    """Nothing typed never runs a call, says that one happened, or grants more."""
    assert understood(_view(kind), typed)[0] in ("deny", LEAVE)


def test_an_offer_names_every_choice() -> None:
    """The choices show the harmless one, and what can be chosen here, with why the rest cannot."""
    for kind, word in HARMLESS.items():
        assert f"({word})" in " ".join(offer(_view(kind)))
    for kind, word, more in (
        ("approval", "a", {"allow": None}),
        ("doubt", "r", {"rerun": False}),
        ("doubt", "r", {"still_running": True}),
    ):
        assert f"({word})" in " ".join(offer(_view(kind)))
        assert f"({word})" not in " ".join(offer(_view(kind, **more)))
        how, why = understood(_view(kind, **more), word)
        assert (how, why.endswith(".")) == (AGAIN, True)
