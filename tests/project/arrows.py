"""The arrows between the folders and the doors to outside libraries, as data, and what breaks them.

Rules.  The two tables are the law; the functions only compare.  A folder or a library that the tables do not name is a
breach too, so that a new one is a decision and not an accident.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch

from tests.project.tree import FOLDERS, Import, Source, imports

__all__ = ["ALLOWED", "DOORS", "area", "breaches", "cycle", "known_names"]

_CORE = frozenset(
    {
        "certificate",
        "deltas",
        "diagrams",
        "exits",
        "forking",
        "fuel",
        "guards",
        "history",
        "kernel",
        "pictures",
        "reasons",
        "reference",
        "replay",
        "table",
    }
)

# Who may import whom; everyone may import his own folder.
ALLOWED: Mapping[str, frozenset[str]] = {
    "states": frozenset(),
    "store": frozenset({"states"}),
    "tools": frozenset({"states"}),
    "core": frozenset({"states"}),
    "planners": frozenset({"states", "core", "models"}),
    "models": frozenset({"states", "core", "planners"}),
    "drivers": frozenset({"states", "core", "planners", "models", "store", "tools"}),
    "cli": frozenset(
        {"states", "core", "drivers", "store", "face"}
    ),  # it opens the file and hands it to a driver
    "face": frozenset({"states", "tools", "drivers"}),
    "main": frozenset({"cli"}),
}

# Where each outside library may be imported.
DOORS: Mapping[str, tuple[str, ...]] = {
    "attrs": ("detent.*",),
    "cattrs": ("detent.states.codec",),
    "click": ("detent.fsm.cli.*",),
    "fastjsonschema": ("detent.tools.*",),
    "httpx": ("detent.fsm.models.ollama*",),
    "hypothesis": ("detent.fsm.testing.*",),
    "ollama": ("detent.fsm.models.ollama*",),
    "platformdirs": ("detent.fsm.drivers.places",),
    "rich": ("detent.fsm.cli.*",),
    "sqlite_utils": ("detent.store.*",),
    "transitions": ("detent.fsm.table",),
}

# The same for the parts of the standard library that have one place.
_STANDARD_DOORS: Mapping[str, tuple[str, ...]] = {
    "sqlite3": ("detent.store.*",),
}

# What the pure folders may not ask: a clock, chance, a file, a wire, another thread.
_PURE = ("states", "core", "planners")
_IMPURE = frozenset(
    {
        "asyncio",
        "datetime",
        "fcntl",
        "multiprocessing",
        "os",
        "random",
        "secrets",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
    }
)


def area(name: str) -> str:
    """The side of the arrows that a module is on; the module's own name where no arrow is drawn for it."""
    parts = name.split(".")[1:]
    if not parts:
        return "face"
    if parts == ["__main__"]:
        return "main"
    if parts[0] != "fsm":
        return parts[0] if parts[0] in FOLDERS else name
    if len(parts) == 1 or parts[1] in _CORE:
        return "core"
    return parts[1] if parts[1] in ALLOWED else name


def known_names(sources: Iterable[Source]) -> frozenset[str]:
    """The dotted names of these files."""
    return frozenset(source.name for source in sources)


def breaches(source: Source, known: frozenset[str]) -> Iterator[str]:
    """What a file of the package imports against the law, a line each."""
    if area(source.name) not in ALLOWED:
        yield f"{source.where}: no arrow is drawn for it"
        return
    for one in imports(source, known):
        for problem in (_arrow(source, one), _form(source, one), _door(source, one), _purity(source, one)):
            if problem:
                yield f"{source.where}:{one.line} {problem}"


def _ours(target: str) -> bool:
    return target.partition(".")[0] == "detent"


def _arrow(source: Source, one: Import) -> str:
    if not _ours(one.target):
        return ""
    here, there = area(source.name), area(one.target)
    return "" if there == here or there in ALLOWED[here] else f"{here} must not know {there} ({one.target})"


def _form(source: Source, one: Import) -> str:
    top = one.written.partition(".")[0]
    inside = area(source.name) not in ("face", "main")
    if top in FOLDERS or (inside and top == "detent"):
        return f"`{one.written}` must be written with dots, or its classes would exist twice"
    return ""


def _door(source: Source, one: Import) -> str:
    top = one.target.partition(".")[0]
    if _ours(one.target) or top in FOLDERS or (top in sys.stdlib_module_names and top not in _STANDARD_DOORS):
        return ""
    doors = DOORS.get(top) or _STANDARD_DOORS.get(top)
    if doors is None:
        return f"`{top}` is no library of this project"
    passes = any(fnmatch(source.name, door) or fnmatch(f"{source.name}.", door) for door in doors)
    return "" if passes else f"`{top}` has its door elsewhere: {', '.join(doors)}"


def _purity(source: Source, one: Import) -> str:
    top = one.target.partition(".")[0]
    here = area(source.name)
    return f"{here} is pure and must not ask `{top}`" if here in _PURE and top in _IMPURE else ""


def cycle(sources: Iterable[Source]) -> tuple[str, ...]:
    """A circle of modules that import each other when they are loaded; empty if there is none."""
    sources = tuple(sources)
    known = known_names(sources)
    edges = {
        source.name: sorted(
            {
                one.target
                for one in imports(source, known)
                if one.target in known and not one.deferred and not one.typing
            }
        )
        for source in sources
    }
    done: set[str] = set()
    for name in sorted(edges):
        found = _circle(name, edges, [], done)
        if found:
            return tuple(found)
    return ()


def _circle(name: str, edges: Mapping[str, list[str]], path: list[str], done: set[str]) -> list[str]:
    if name in path:
        return [*path[path.index(name) :], name]
    if name in done:
        return []
    for target in edges[name]:
        found = _circle(target, edges, [*path, name], done)
        if found:
            return found
    done.add(name)
    return []
