"""What performs a run's commands: its planner, its tools, its rules and the folder it works in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from ...states.spec import Spec
from ...tools import Hands, Toolbox
from ..planners.planner import Planner
from .children import Children
from .recordings import Recordings
from .rules import Rule

__all__ = ["Prepared"]


@define
class Prepared:
    """Everything outside the kernel that one run needs.

    Args:
        spec: what the run agreed to
        planner: decides
        toolbox: the tools' functions
        hands: the threads plain functions run in
        folder: the run's folder
        resources: what the agent's resources were entered to, by name
        rules: what a person allowed in advance
        fresh: those of them that were given at a gate, until the other open gates have been held against them
        recordings: what calls are served instead of their tools; None where tools are called
        children: what begins the child runs of its calls; None until it is driven
    """

    spec: Spec
    planner: Planner
    toolbox: Toolbox
    hands: Hands
    folder: Path
    resources: Mapping[str, Any] = field(factory=dict)
    rules: tuple[Rule, ...] = ()
    fresh: tuple[Rule, ...] = ()
    recordings: Recordings | None = None
    children: Children | None = None
