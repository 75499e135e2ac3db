"""The store: one SQLite file of runs, every click a durable row.  The only folder that knows SQL."""

from __future__ import annotations

from .branch import Branch
from .ids import new_run_id, short
from .locks import DriverLock
from .store import Store
from .upkeep import filesystem
from .values import (
    Click,
    DriverRecord,
    Finding,
    InboxEntry,
    Placed,
    RunRecord,
    RunSummary,
    Settled,
    StoredClick,
    TimelineRow,
    Verdict,
    Write,
)

__all__ = [
    "Branch",
    "Click",
    "DriverLock",
    "DriverRecord",
    "Finding",
    "InboxEntry",
    "Placed",
    "RunRecord",
    "RunSummary",
    "Settled",
    "Store",
    "StoredClick",
    "TimelineRow",
    "Verdict",
    "Write",
    "filesystem",
    "new_run_id",
    "short",
]
