"""The codec: values to canonical JSON and back, strict in both directions.

Rules.  Stored JSON names no Python type.  A field that has its structural default (zero, empty, none) is left out;
a spec is written in full, so that no later default can change what an old run agreed to.  Calls are keyed by
place, gates by id, so that a patch of one costs the same in a plan of any width.  Unknown fields, missing fields and
values of another type are refused.  Bodies hold no null, no float and no large text.

What is written at every click is written as text at once, see `forms`; decoding is cattrs, told to compare types.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from functools import cache, partial
from typing import Any, cast, get_args, get_origin

from attrs import evolve

from .canonical import canonical, digest, parse
from .errors import BadValue, IntegrityError
from .events import EVENTS, Begun, Event, Forked
from .forms import form, table
from .snapshot import Snapshot
from .spec import Spec
from .texts import Text, text

__all__ = [
    "decode_event",
    "decode_snapshot",
    "decode_spec",
    "encode_event",
    "encode_snapshot",
    "plain",
    "snapshot_digest",
    "spec_text",
]

MOST = 2**24  # bytes of a stored spec
_ENVELOPE = ("run", "at")  # columns of the row an event is stored in
_KEYED = ("calls", "counts", "gates", "spec")  # of a snapshot: written otherwise than the rest
_AS_THEY_ARE = frozenset((str, int, bool))
_NAMES: Mapping[str, type[Event]] = {one.__name__: one for one in (*EVENTS, Begun, Forked)}


def plain(value: Any, *, full: bool = False) -> Any:
    """A value as plain JSON: attrs classes as objects, tuples as arrays, enums as their strings.

    Args:
        value: the value
        full: write fields that have their default too (but never null)
    """
    kind: type = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if isinstance(value, tuple):
        return [plain(one, full=full) for one in value]
    if isinstance(value, StrEnum):
        return str(value)  # .value is a function of Python
    values, known = table(kind)
    made: dict[str, Any] = {}
    for (name, default), one in zip(known, values(value), strict=True):
        if one is default or one is None or one == default:
            if full and one is not None:
                made[name] = plain(one, full=True)
        elif type(one) in _AS_THEY_ARE:
            made[name] = one
        else:
            made[name] = str(one) if isinstance(one, StrEnum) else plain(one, full=full)
    return made


def encode_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as its plain body."""
    values, known = table(Snapshot)
    made: dict[str, Any] = {
        name: plain(one)
        for (name, default), one in zip(known, values(snapshot), strict=True)
        if name not in _KEYED and one != default
    }
    if snapshot.calls:
        made["calls"] = {str(index): plain(call) for index, call in enumerate(snapshot.calls)}
    if snapshot.gates:
        made["gates"] = {gate.id: _without(plain(gate), "id") for gate in snapshot.gates}
    if snapshot.counts:
        made["counts"] = dict(snapshot.counts)
    return {**made, "spec": snapshot.spec.digest}


def _without(made: dict[str, Any], key: str) -> dict[str, Any]:
    del made[key]
    return made


def snapshot_digest(body: str) -> str:
    """The digest of a snapshot's canonical full body."""
    return digest("snapshot", body)


def decode_snapshot(body: Mapping[str, Any], spec: Spec) -> Snapshot:
    """The snapshot of a plain body.

    Raises:
        IntegrityError: the body is not a snapshot, or belongs to another spec
    """
    try:
        if body.get("spec") != spec.digest:
            raise IntegrityError("A stored snapshot belongs to another spec than its run.")
        calls, gates, counts = (_object(body, name) for name in ("calls", "gates", "counts"))
        shaped = {
            **body,
            "spec": spec,
            "calls": [calls[str(index)] for index in range(len(calls))],
            "gates": [{**gate, "id": name} for name, gate in gates.items()],
            "counts": [[name, count] for name, count in sorted(counts.items())],
        }
        made: Snapshot = _converter().structure(shaped, Snapshot)
    except _unreadable() as error:
        raise IntegrityError(f"A stored snapshot cannot be read: {error}.") from error
    return evolve(made, gates=tuple(sorted(made.gates, key=lambda gate: (gate.call, gate.id))))


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", _exactly(body.get(name, {}), dict))


def encode_event(event: Event) -> str:
    """An event as canonical JSON, without run and time, which are columns of its row."""
    return form(event, without=_ENVELOPE)


def decode_event(name: str, run: str, at: int, body: str) -> Event:
    """The event of a stored row.

    Raises:
        IntegrityError: the row holds no event
    """
    try:
        made = json.loads(body)
        if not made.keys().isdisjoint(_ENVELOPE):
            raise BadValue("Run and time stand in the row, not in the event")
        kind: type = _NAMES[name]
        event: Event = _reader(kind)({**made, "run": run, "at": at}, kind)
        if encode_event(event) != body:  # a key used twice, a default written out, another order
            raise BadValue("It is not written as this version writes it")
    except _unreadable() as error:
        raise IntegrityError(f"A stored event {name} of run {run} cannot be read: {error}.") from error
    return event


@cache
def _reader(kind: type) -> Callable[[Any, type], Event]:
    """What reads an event of this class."""
    found: Callable[[Any, type], Event] = _converter().get_structure_hook(kind)
    return found


def spec_text(spec: Spec) -> Text:
    """A spec as the text it is stored as."""
    return text("spec", canonical(plain(spec, full=True)))


def decode_spec(body: str) -> Spec:
    """The spec of a stored text.

    Raises:
        IntegrityError: the text is no spec this version knows
    """
    try:
        spec: Spec = _converter().structure(parse(body, max_bytes=MOST), Spec)
    except _unreadable() as error:
        raise IntegrityError(f"A stored spec cannot be read: {error}.") from error
    if spec_text(spec).body != body:
        raise IntegrityError("A stored spec is not written as this version writes it.")
    return spec


def _unreadable() -> tuple[type[Exception], ...]:
    """What reading raises where a stored value is not what it must be."""
    from cattrs import ForbiddenExtraKeysError  # noqa: PLC0415 - as in `_converter`

    return (
        BadValue,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
        ForbiddenExtraKeysError,
    )


@cache
def _converter() -> Any:
    """cattrs, told to refuse unknown fields and to compare types; it would take "7" for 7 and True for 1."""
    from cattrs import Converter  # noqa: PLC0415 - reading is rarer than starting
    from cattrs.gen import make_dict_structure_fn  # noqa: PLC0415

    converter = Converter(forbid_extra_keys=True, detailed_validation=False)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly)
    spec_of = make_dict_structure_fn(
        Spec, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=False
    )
    converter.register_structure_hook(
        Spec, lambda value, kind: value if isinstance(value, Spec) else spec_of(value, kind)
    )
    converter.register_structure_hook_func(_is_tuple, partial(_tuple, converter))
    return converter


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _exactly(value: Any, kind: type) -> Any:
    """The value, if it has just this type; an enum's is its string."""
    of = str if issubclass(kind, Enum) else kind
    if type(value) is not of:
        raise TypeError(f"{value!r} is not of type {of.__name__}")
    return value if of is kind else kind(value)


def _tuple(converter: Any, value: Any, kind: Any) -> tuple[Any, ...]:
    """`tuple[X, ...]` from an array, and `tuple[X, Y]` from an array of two."""
    if type(value) is not list:
        raise TypeError(f"{value!r} is not an array")
    inner = get_args(kind)
    kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
    return tuple(converter.structure(one, of) for one, of in zip(value, kinds, strict=True))
