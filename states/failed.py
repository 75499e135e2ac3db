"""FAILED: a decision ended the run without what was asked for.  It absorbs, as DONE does."""

from __future__ import annotations

from .done import commands, take

__all__ = ["commands", "take"]
