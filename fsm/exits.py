"""Exit codes: what a run's last snapshot means to whoever started it.  Frozen for ever.

0 done, 1 failed, 3 a decision is needed, 4 a call is in doubt, 5 ended by a limit or cancelled.  The other codes
belong to errors (`states.errors`) and signals.
"""

from __future__ import annotations

from ..states.names import GateKind, State
from ..states.snapshot import Snapshot

__all__ = ["EXIT_CODES", "exit_code"]

EXIT_CODES: dict[int, tuple[str, str]] = {
    0: ("done", "DONE"),
    1: ("the run failed; the reason is stored and printed", "FAILED"),
    2: ("usage error", "unchanged"),
    3: ("a person's decision is needed", "AWAITING_APPROVAL"),
    4: ("a call is in doubt: a person must say what happened", "AWAITING_APPROVAL"),
    5: (
        "ended by a limit or cancelled; a partial answer, if there is one, is printed",
        "DONE or FAILED, with the reason",
    ),
    69: ("model or engine unavailable", "parked"),
    70: ("internal error (a bug)", "parked at the last good snapshot"),
    74: ("store I/O error: disk full, read-only, I/O", "parked"),
    75: ("busy: another driver owns the run (its pid is named)", "unchanged"),
    76: ("integrity: corrupt page, broken chain, undecodable snapshot", "unchanged"),
    78: ("bad configuration or version mismatch", "unchanged"),
    130: ("interrupted (SIGINT)", "parked"),
    143: ("terminated (SIGTERM)", "parked"),
}


def exit_code(snapshot: Snapshot) -> int | None:
    """The code this snapshot ends with; None where the run is neither over nor waiting for a person."""
    if snapshot.state is State.AWAITING_APPROVAL:
        return 4 if any(gate.kind is GateKind.DOUBT for gate in snapshot.gates) else 3
    if snapshot.state.live:
        return None
    if snapshot.reason.startswith("limit.") or snapshot.reason == "cancelled":
        return 5
    return 0 if snapshot.state is State.DONE else 1
