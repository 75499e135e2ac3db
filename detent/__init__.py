"""detent: local-model agents as explicit finite-state machines."""

from __future__ import annotations

__version__ = "0.1.0"
