"""detent: local-model agents as explicit finite-state machines.

    Agent, Limits, tool     what a person writes down          Workflow, step     a fixed graph instead of a model
    run, resume             begin and go on, asynchronously    run_sync, resume_sync     the same for plain code
    watch, Said             look on while it happens           Watcher                   who is told, and asked
    Run                     a run as it stands                 ToolError, Context        inside a tool
    fork, Wish              a new run from any click           diff                      two runs side by side
    rehearse                a recorded run once more, in a test of your own
    DetentError             what every error of ours is, with what is wrong, what to do, and the exit code

What is listed here is public.  Every name is loaded when it is first asked for: `import detent` costs nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .fsm.drivers.agent import Agent
    from .fsm.drivers.branching import Wish, fork
    from .fsm.drivers.face import resume, resume_sync, run, run_sync
    from .fsm.drivers.local import Watcher
    from .fsm.drivers.rehearsing import rehearse
    from .fsm.drivers.standing import Run, diff
    from .fsm.drivers.watching import Said, watch
    from .fsm.drivers.workflow import Workflow, step
    from .states.errors import DetentError
    from .states.limits import Limits
    from .tools import Context, ToolError, tool

__all__ = [
    "Agent",
    "Context",
    "DetentError",
    "Limits",
    "Run",
    "Said",
    "ToolError",
    "Watcher",
    "Wish",
    "Workflow",
    "__version__",
    "diff",
    "fork",
    "rehearse",
    "resume",
    "resume_sync",
    "run",
    "run_sync",
    "step",
    "tool",
    "watch",
]

__version__ = "0.1.0"

_HOMES = {
    "Agent": "fsm.drivers.agent",
    "Context": "tools",
    "DetentError": "states.errors",
    "Limits": "states.limits",
    "Run": "fsm.drivers.standing",
    "Said": "fsm.drivers.watching",
    "ToolError": "tools",
    "Watcher": "fsm.drivers.local",
    "Wish": "fsm.drivers.branching",
    "Workflow": "fsm.drivers.workflow",
    "diff": "fsm.drivers.standing",
    "fork": "fsm.drivers.branching",
    "rehearse": "fsm.drivers.rehearsing",
    "resume": "fsm.drivers.face",
    "resume_sync": "fsm.drivers.face",
    "run": "fsm.drivers.face",
    "run_sync": "fsm.drivers.face",
    "step": "fsm.drivers.workflow",
    "tool": "tools",
    "watch": "fsm.drivers.watching",
}

# On a checkout without symbolic links the folders lie one above.  (pathlib would cost more than all the rest.)
if not os.path.isdir(f"{__path__[0]}/states"):  # noqa: PTH112
    __path__.append(os.path.dirname(__path__[0]))  # noqa: PTH120


def __getattr__(name: str) -> Any:
    """A public name, loaded when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *_HOMES})
