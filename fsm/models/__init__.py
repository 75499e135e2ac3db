"""Doors to model servers, one file a provider; `door` finds the one that a model's name means.

Rules.  A door asks and listens: it decides nothing about the run.  Each outside library has one file here, and it
is loaded when the first request needs it.
"""

from __future__ import annotations

__all__: list[str] = []
