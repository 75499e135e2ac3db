"""The store: one SQLite file of runs, every click a durable row.  The only folder that knows SQL."""

from __future__ import annotations

from .branch import Branch
from .failures import may_pass
from .ids import ID_LENGTH, new_run_id, short
from .locks import PATIENCE, DriverLock, Held, Occupied
from .processes import Process, uptime
from .store import Store
from .upkeep import filesystem
from .values import (
    Click,
    Counts,
    DriverRecord,
    Finding,
    InboxEntry,
    Placed,
    Related,
    RunRecord,
    RunSummary,
    Settled,
    StoredClick,
    TimelineRow,
    Verdict,
    Write,
    Written,
)
from .weighing import Measures, Standing, Weight

__all__ = [
    "ID_LENGTH",
    "PATIENCE",
    "Branch",
    "Click",
    "Counts",
    "DriverLock",
    "DriverRecord",
    "Finding",
    "Held",
    "InboxEntry",
    "Measures",
    "Occupied",
    "Placed",
    "Process",
    "Related",
    "RunRecord",
    "RunSummary",
    "Settled",
    "Standing",
    "Store",
    "StoredClick",
    "TimelineRow",
    "Verdict",
    "Weight",
    "Write",
    "Written",
    "filesystem",
    "may_pass",
    "new_run_id",
    "short",
    "uptime",
]
