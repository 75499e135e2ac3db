"""Forms: values as canonical JSON text, written member by member.

Pure.  What the codec makes of a value as plain JSON, this writes at once as text, and of two snapshots also the merge
patch (RFC 7396) between them; a property holds the two ways together to the byte.  A snapshot's form keeps the text of
every member, so that the next one writes only what its click has changed.

A table of fields a class is made at its first use.  A field that has its structural default is left out.  Calls are
keyed by place, gates by id, counts by tool; a spec stands as its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from json.encoder import encode_basestring as quoted
from operator import attrgetter
from typing import Any

from attrs import Factory, fields, frozen, has

from . import names
from .calls import Call
from .canonical import check_text
from .errors import BadValue
from .gates import Gate
from .limits import Usage
from .snapshot import Snapshot
from .spec import Spec

__all__ = ["COLUMNS", "Form", "form", "table"]

COLUMNS = ("run", "seq", "at", "state")  # of a snapshot: they are columns of its row, and stand in no patch

Table = tuple[tuple[str, Any], ...]


@cache
def table(kind: type) -> tuple[Callable[[Any], tuple[Any, ...]], Table]:
    """What reads all fields of a class at once, and their names with their defaults.

    Raises:
        BadValue: the class is none of attrs
    """
    if not has(kind):
        raise BadValue(f"A {kind.__name__} has no place in a stored value.")

    def default(one: Any) -> Any:
        made = one.default
        return made.factory() if isinstance(made, Factory) else made  # type: ignore[arg-type]

    made = tuple((one.name, default(one)) for one in fields(kind) if one.init)
    return _reader(name for name, _ in made), made


def _reader(names: Iterable[str]) -> Callable[[Any], tuple[Any, ...]]:
    first, *others = names
    if others:
        return attrgetter(first, *others)
    only = attrgetter(first)
    return lambda value: (only(value),)


@cache
def _keyed(kind: type, without: tuple[str, ...] = ()) -> tuple[Callable[[Any], tuple[Any, ...]], Table]:
    """The same by name, each name as it stands before its value; some left out."""
    made = sorted((name, default) for name, default in table(kind)[1] if name not in without)
    return _reader(name for name, _ in made), tuple((f'"{name}":', default) for name, default in made)


def form(value: Any, *, without: tuple[str, ...] = ()) -> str:
    """A value of attrs as canonical JSON.

    Args:
        value: the value
        without: names of fields that are left out

    Raises:
        BadValue: a text in it holds a lone surrogate, or something in it has no place in a stored value
    """
    return check_text(_object(value, without))


def _object(value: Any, without: tuple[str, ...] = ()) -> str:
    kind: type = type(value)
    values, known = _keyed(kind, without)
    parts = [
        key + _WRITERS.get(type(one), _object)(one)
        for (key, default), one in zip(known, values(value), strict=True)
        if one is not default and one is not None and one != default
    ]
    return f"{{{','.join(parts)}}}"


def _array(value: tuple[Any, ...]) -> str:
    return f"[{','.join([_WRITERS.get(type(one), _object)(one) for one in value])}]"


_WORDS = (one for one in vars(names).values() if isinstance(one, type) and issubclass(one, StrEnum))
_WRITERS: Mapping[type, Callable[[Any], str]] = {
    **dict.fromkeys(_WORDS, quoted),
    bool: lambda value: "true" if value else "false",
    int: str,
    str: quoted,
    tuple: _array,
}


def _both(was: Any, value: Any, without: tuple[str, ...] = ()) -> tuple[str, str]:
    """A value that is of the same class as before, and what a patch says of it."""
    kind: type = type(value)
    values, known = _keyed(kind, without)
    whole, patch = [], []
    for (key, default), old, one in zip(known, values(was), values(value), strict=True):
        same = one is old or one == old
        if one is None or one == default:
            if not same:
                patch.append(f"{key}null")
        elif same or type(one) is not type(old) or type(one) in _WRITERS:
            whole.append(told := key + _WRITERS.get(type(one), _object)(one))
            if not same:
                patch.append(told)
        else:
            told, changed = _both(old, one)
            whole.append(key + told)
            patch.append(key + changed)
    return f"{{{','.join(whole)}}}", f"{{{','.join(patch)}}}"


# Snapshots ----------------------------------------------------------------------------------------------------------

_Both = tuple[str, str]


def _calls(was: tuple[Call, ...], calls: tuple[Call, ...]) -> _Both:
    """Calls by place; nearly always there are as many as before, or there were none."""
    if was and len(was) != len(calls):
        return _under(
            {str(place): call for place, call in enumerate(was)},
            {str(place): call for place, call in enumerate(calls)},
        )
    whole, patch = [], []
    for place in sorted(range(len(calls)), key=str):
        call, old = calls[place], was[place] if was else None
        told, changed = _both(old, call) if old and old != call else (_object(call), "")
        whole.append(f'"{place}":{told}')
        if old != call:
            patch.append(f'"{place}":{changed or told}')
    return f"{{{','.join(whole)}}}", f"{{{','.join(patch)}}}"


def _gates(was: tuple[Gate, ...], gates: tuple[Gate, ...]) -> _Both:
    return _under({gate.id: gate for gate in was}, {gate.id: gate for gate in gates}, ("id",))


def _counts(was: tuple[tuple[str, int], ...], counts: tuple[tuple[str, int], ...]) -> _Both:
    return _under(dict(was), dict(counts))


def _under(was: Mapping[str, Any], now: Mapping[str, Any], without: tuple[str, ...] = ()) -> _Both:
    """Values under keys, and what a patch says of them: which are new, other than before, or gone."""
    whole, patch = [], []
    for key in sorted(now) if was.keys() <= now.keys() else sorted(was.keys() | now.keys()):
        old, one = was.get(key), now.get(key)
        name = f"{quoted(key)}:"
        if one is None:
            patch.append(f"{name}null")
            continue
        if type(one) in _WRITERS:
            told = changed = _WRITERS[type(one)](one)
        elif old is None or old is one:
            told = changed = _object(one, without)
        else:
            told, changed = _both(old, one, without)
        whole.append(name + told)
        if one is not old and one != old:
            patch.append(name + changed)
    return f"{{{','.join(whole)}}}", f"{{{','.join(patch)}}}"


def _usage(was: Usage, usage: Usage) -> _Both:
    """What `_both` would say, of numbers alone."""
    whole, patch = [], []
    for (key, _), old, one in zip(_KEYS_OF_USAGE, _OF_USAGE(was), _OF_USAGE(usage), strict=True):
        if one:
            told = f"{key}{one}"
            whole.append(told)
            if one != old:
                patch.append(told)
        elif old:
            patch.append(f"{key}null")
    return f"{{{','.join(whole)}}}", f"{{{','.join(patch)}}}"


def _spec(was: Spec | None, spec: Spec) -> _Both:
    told = quoted(spec.digest)
    return told, told if was != spec else "{}"


_RICH: Mapping[str, Callable[[Any, Any], _Both]] = {
    "calls": _calls,
    "counts": _counts,
    "gates": _gates,
    "spec": _spec,
    "usage": _usage,
}
_OF_USAGE, _KEYS_OF_USAGE = _keyed(Usage)
_READ, _KEYS = _keyed(Snapshot)
_NAMES = tuple(sorted(name for name, _ in table(Snapshot)[1]))
_MEMBERS = tuple(
    (name, key, default, _RICH.get(name), name in COLUMNS)
    for name, (key, default) in zip(_NAMES, _KEYS, strict=True)
)
_NOTHING: Mapping[str, Any] = {"calls": (), "counts": (), "gates": (), "usage": Usage()}


@frozen(slots=False, eq=False)
class Form:
    """A snapshot as canonical JSON text.

    Args:
        values: its fields by name
        parts: each of them as it stands in the text; empty where it has its default
        whole: the text
        patch: the merge patch that makes it of the one before, without columns; all of it where there was none
    """

    values: tuple[Any, ...]
    parts: tuple[str, ...]
    whole: str
    patch: str

    @classmethod
    def of(cls, snapshot: Snapshot) -> Form:
        """The form of a snapshot, written anew.

        Raises:
            BadValue: a text in it holds a lone surrogate
        """
        return cls((None,) * len(_NAMES), ("",) * len(_NAMES), "", "").after(snapshot)

    @property
    def bare(self) -> str:
        """The text without columns."""
        kept = (part for part, (*_, column) in zip(self.parts, _MEMBERS, strict=True) if part and not column)
        return f"{{{','.join(kept)}}}"

    def after(self, snapshot: Snapshot) -> Form:
        """The form of the next snapshot: what is the same as here is not written again.

        Raises:
            BadValue: a text in it holds a lone surrogate
        """
        before, values = self.values, _READ(snapshot)
        parts, patch = list(self.parts), []
        for place in [place for place, one in enumerate(values) if one is not before[place]]:
            old, one, was = before[place], values[place], parts[place]
            name, key, default, rich, column = _MEMBERS[place]
            if one == default:
                parts[place] = ""
                if was:
                    patch.append(f"{key}null")
            elif rich is None:
                parts[place] = part = key + _WRITERS[type(one)](one)
                if not column and part != was:
                    patch.append(part)
            else:
                told, changed = rich(old if was else _NOTHING.get(name), one)
                parts[place] = key + told
                if not was:
                    patch.append(key + told)
                elif changed != "{}":
                    patch.append(key + changed)
        return Form(values, tuple(parts), _whole(parts), f"{{{','.join(patch)}}}")


def _whole(parts: Iterable[str]) -> str:
    return check_text(f"{{{','.join(filter(None, parts))}}}")
