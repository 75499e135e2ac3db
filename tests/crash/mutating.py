"""Ways to change a little: one sign of a text, one bit of a number, arguments that only look the same.

Rules.  Everything here is drawn from a `random.Random`, so a seed does it again.
"""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Callable
from typing import Any

from detent.states.canonical import canonical

__all__ = ["arguments", "one_byte", "reworded"]

ALIKE = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "i": "і", "B": "В", "K": "Κ"}  # noqa: RUF001 - the point


def one_byte(chance: random.Random, value: Any) -> Any:
    """The value with one sign, one bit or one more of it changed."""
    if isinstance(value, bytes):
        place = chance.randrange(len(value))
        return value[:place] + bytes([value[place] ^ (1 << chance.randrange(8))]) + value[place + 1 :]
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(8))
    if not value:
        return "x"
    place = chance.randrange(len(value))
    sign = value[place]
    others = (
        "0123456789" if sign.isdigit() else "abcdefghijklmnopqrstuvwxyz" if sign.isalpha() else ' ,:{}[]"_'
    )
    return value[:place] + chance.choice([one for one in others if one != sign]) + value[place + 1 :]


def _reordered(_: random.Random, given: dict[str, Any]) -> str:
    return json.dumps(dict(reversed(given.items())), ensure_ascii=False, separators=(",", ":"))


def _spaced(chance: random.Random, given: dict[str, Any]) -> str:
    return json.dumps(given, ensure_ascii=False, indent=chance.choice([None, 0, 1]))


def _float(_: random.Random, given: dict[str, Any]) -> str:
    return json.dumps({**given, "amount": float(given["amount"])}, ensure_ascii=False)


def _text(_: random.Random, given: dict[str, Any]) -> str:
    return json.dumps({**given, "amount": str(given["amount"])}, ensure_ascii=False)


def _near(chance: random.Random, given: dict[str, Any]) -> str:
    amount = given["amount"]
    other = chance.choice([amount + 1, amount - 1, amount * 10, -amount, amount ^ 1 << chance.randrange(40)])
    return json.dumps({**given, "amount": other}, ensure_ascii=False)


def _twice(_: random.Random, given: dict[str, Any]) -> str:
    return json.dumps(given, ensure_ascii=False)[:-1] + f', "amount": {given["amount"]}}}'


def _more(_: random.Random, given: dict[str, Any]) -> str:
    return json.dumps({**given, "cc": "me"}, ensure_ascii=False)


def _worded(change: Callable[[random.Random, str], str]) -> Callable[[random.Random, dict[str, Any]], str]:
    def changed(chance: random.Random, given: dict[str, Any]) -> str:
        return json.dumps({**given, "to": change(chance, given["to"])}, ensure_ascii=False)

    return changed


def _alike(chance: random.Random, word: str) -> str:
    places = [place for place, sign in enumerate(word) if sign in ALIKE]
    if not places:
        return f"{word}\u200b"
    place = chance.choice(places)
    return word[:place] + ALIKE[word[place]] + word[place + 1 :]


def _inserted(chance: random.Random, word: str) -> str:
    place = chance.randint(0, len(word))
    return (
        word[:place] + chance.choice([" ", "\t", "\n", "\u00a0", "\u200b", "\u202e", "\u0000"]) + word[place:]
    )


def _composed(_: random.Random, word: str) -> str:
    return unicodedata.normalize("NFD" if unicodedata.is_normalized("NFC", word) else "NFC", word)


reworded: tuple[Callable[[random.Random, str], str], ...] = (
    one_byte,
    _alike,
    _inserted,
    _composed,
    lambda _, word: word.swapcase(),
    lambda _, word: word[:-1],
)
_CHANGES = (_reordered, _spaced, _float, _text, _near, _twice, _more, *map(_worded, reworded))


def arguments(chance: random.Random, given: dict[str, Any]) -> str:
    """A JSON text that is not quite these arguments, or only looks otherwise."""
    if chance.random() < 0.25:
        return str(one_byte(chance, canonical(given)))
    return chance.choice(_CHANGES)(chance, given)
