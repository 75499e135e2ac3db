"""Tools: what a call can name.

    tool        makes a Tool of a function         Context     what a call knows of its run
    toolbox     makes a Toolbox of tools           perform     runs a call once, in Hands if it is a plain function
    ToolError   a failure in a tool's own words    Returned, Failure   what came of it

Arguments are bytes: `Tool.check` makes canonical JSON of what a model sent, once, and those bytes are shown, hashed,
stored and run.  This folder knows the values of a run and nothing of machines, stores or drivers.  What needs the
event loop is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .context import Context
from .declare import tool
from .errors import BadArguments, Parks, ToolError
from .outcomes import Failure, Returned, failure_text
from .registry import Toolbox, toolbox
from .sets import ToolSet, tool_sets
from .value import Tool, base_of

if TYPE_CHECKING:
    from .hands import Hands
    from .performing import perform

__all__ = [
    "BadArguments",
    "Context",
    "Failure",
    "Hands",
    "Parks",
    "Returned",
    "Tool",
    "ToolError",
    "ToolSet",
    "Toolbox",
    "base_of",
    "failure_text",
    "perform",
    "tool",
    "tool_sets",
    "toolbox",
]


def __getattr__(name: str) -> Any:
    """The names that need asyncio, loaded when they are asked for."""
    if name == "Hands":
        from .hands import Hands  # noqa: PLC0415

        return Hands
    if name == "perform":
        from .performing import perform  # noqa: PLC0415

        return perform
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
