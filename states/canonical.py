"""Canonical JSON and digests: the one form in which a value has bytes.

Rules: keys sorted by code point, no white space, UTF-8 without escapes where none is needed, no NaN, no lone
surrogates.  `parse` is the border: what comes from a model, a tool or a person passes it or is refused.
A digest is sha256 over a kind, a line feed and the body, written `sha256:<hex>`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from .errors import BadValue

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_INT",
    "PREFIX",
    "canonical",
    "check_text",
    "digest",
    "ordered",
    "parse",
]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 64
MAX_INT = 2**63 - 1
PREFIX = "sha256:"

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_encoder = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def _writer() -> Callable[[Any], str]:
    """What writes a value: the encoder's own inner part where there is one, made once and not once a value."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _encoder.encode
    pieces = make(None, _encoder.default, json.encoder.encode_basestring, None, ":", ",", True, False, False)
    join = "".join
    return lambda value: join(pieces(value, 0))


_encode = _writer()


def canonical(value: Any) -> str:
    """The canonical JSON text of a plain value (str keys, no NaN).

    Raises:
        BadValue: for NaN and infinities, lone surrogates, and what JSON does not have
    """
    try:
        text = _encode(value)
        return text if text.isascii() else check_text(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadValue(f"A value cannot be written as JSON: {error}.") from error


def ordered(value: Any) -> str:
    """JSON text like `canonical`, with the keys in the order they have: for schemas.

    Servers that hold a model to a schema make it write the members in the schema's order, so the author's counts.

    Raises:
        BadValue: as `canonical`
    """
    canonical(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digest(kind: str, body: str) -> str:
    """`sha256:<hex>` of a text of this kind."""
    return PREFIX + hashlib.sha256(f"{kind}\n{body}".encode()).hexdigest()


def check_text(text: str) -> str:
    """The text itself, if UTF-8 can carry it.

    Raises:
        BadValue: when it holds a lone surrogate
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BadValue(
                f"A text holds a lone surrogate at character {error.start}, which is not Unicode."
            ) from None
    return text


def parse(text: str, *, max_bytes: int = MAX_BYTES, raw_control: bool = False) -> Any:
    """The value of a JSON text from outside.

    Args:
        text: the JSON
        max_bytes: the most bytes it may have in UTF-8
        raw_control: also take control characters inside strings, which small models write

    Raises:
        BadValue: broken JSON, a key used twice, NaN or an infinity, an integer beyond 63 bits, a lone surrogate,
            more than 64 levels, or too many bytes
    """
    check_text(text)
    if len(text) > max_bytes or len(text.encode()) > max_bytes:
        raise BadValue(f"A JSON text has more than {max_bytes:,} bytes.")
    _check_depth(text)
    decoder = json.JSONDecoder(
        object_pairs_hook=_unique,
        parse_int=_integer,
        parse_float=_float,
        parse_constant=_constant,
        strict=not raw_control,
    )
    try:
        value = decoder.decode(text)
    except json.JSONDecodeError as error:
        raise BadValue(f"This is not JSON: {error.msg} at character {error.pos}.") from None
    if "\\u" in text:
        _check_strings(value)
    return value


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for mark in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if mark in "[{" else -1
        if depth > MAX_DEPTH:
            raise BadValue(f"A JSON text is nested more than {MAX_DEPTH} levels deep.")


def _check_strings(value: Any) -> None:
    r"""Escapes such as \ud800 make lone surrogates out of plain ASCII."""
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            check_text(key)
            _check_strings(item)
    elif isinstance(value, list):
        for item in value:
            _check_strings(item)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadValue(f"A JSON object has the key {twice!r} twice.")
    return made


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -MAX_INT - 1 <= int(digits) <= MAX_INT:  # noqa: PLR2004 - 19 digits and a sign
        raise BadValue("A JSON integer has more than 63 bits.")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise BadValue("A JSON number is too large.")
    return value


def _constant(name: str) -> NoReturn:
    raise BadValue(f"{name} is not JSON.")
