"""How a driven run ended, or where it was parked."""

from __future__ import annotations

from attrs import frozen

from ...states.errors import DetentError
from ...states.snapshot import Snapshot
from ..exits import exit_code

__all__ = ["Ending"]


@frozen
class Ending:
    """Where a driver left a run.

    Args:
        snapshot: its head
        signal: the number of the signal that parked it; 0 for none
        trouble: the infrastructure trouble that parked it
    """

    snapshot: Snapshot
    signal: int = 0
    trouble: DetentError | None = None

    @property
    def exit_code(self) -> int:
        """What the command line leaves with."""
        code = exit_code(self.snapshot)
        if self.trouble is not None:
            return self.trouble.exit_code
        if self.signal and not (code is not None and not self.snapshot.state.live):
            return 128 + self.signal
        return 70 if code is None else code
