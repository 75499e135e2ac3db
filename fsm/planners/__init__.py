"""What answers MakePlan: a planner that asks a language model, and one that follows a fixed graph."""

from __future__ import annotations

__all__: list[str] = []
