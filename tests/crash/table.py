"""The harnesses there are, each a module that is loaded when it is wanted, in the order they are run and shown."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from detent.states import UsageError
from tests.crash.harness import Figures, Profile

__all__ = ["NAMES", "Harness", "chosen", "harness"]

NAMES = (
    "fuzz",
    "power",
    "kills",
    "failpoints",
    "syscalls",
    "races",
    "mutations",
    "deadlines",
    "contention",
    "damage",
    "media",
    "clocks",
    "signals",
    "orphans",
    "planted",
)


class Harness(Protocol):
    """What the module of a harness has."""

    NAME: str
    PROMISE: str

    def run(self, profile: Profile, folder: Path, seed: int) -> Figures:
        """Do as much as the profile says, in a folder that is not there yet."""


def there() -> tuple[str, ...]:
    """The names of those that can be run."""
    return tuple(name for name in NAMES if importlib.util.find_spec(f"tests.crash.{name}") is not None)


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """The names that are meant, in their order; all if none is given.

    Raises:
        UsageError: there is none of a name
    """
    known = there()
    strange = [name for name in names if name not in known]
    if strange:
        raise UsageError(f"There is no harness {', '.join(strange)}.", f"There are: {', '.join(known)}.")
    return tuple(name for name in known if not names or name in names)


def harness(name: str) -> Harness:
    """The module of a harness."""
    return cast("Harness", importlib.import_module(f"tests.crash.{name}"))
