"""What every crash harness gives and takes: a profile to be as long as asked, and figures that anyone can compare.

Rules.  A violation is a sentence that says what was promised and what happened, with the seed that does it again.  A
harness that could not do its work (a program is missing) says so in `missing`, and did nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from attrs import field, frozen

__all__ = ["PROFILES", "Figures", "Profile"]


def _told(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@frozen
class Profile:
    """How much is to be done.

    Args:
        name: ci, full or soak
        scale: which of three amounts a harness takes
        say: is told how far it is, a line at a time
    """

    name: str
    scale: int
    say: Callable[[str], None] = _told

    def of(self, ci: int, full: int, soak: int) -> int:
        """The amount for this profile."""
        return (ci, full, soak)[self.scale]


PROFILES: Mapping[str, Profile] = {
    name: Profile(name, scale) for scale, name in enumerate(("ci", "full", "soak"))
}


@frozen(kw_only=True)
class Figures:
    """What a harness did, and what it found.

    Args:
        name: of the harness
        done: amounts by name, in the order they are printed
        violations: promises that were broken; empty is what everybody hopes for
        missing: what this machine lacks for it, in a sentence; empty if it was run
        seed: what the random choices began with
        seconds: how long it took
    """

    name: str
    done: Mapping[str, int | float] = field(factory=dict)
    violations: tuple[str, ...] = ()
    missing: str = ""
    seed: int = 0
    seconds: float = 0.0
