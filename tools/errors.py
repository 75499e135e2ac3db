"""What goes wrong with a call: the tool's own word for it, and arguments that do not fit.

`ToolError` belongs to authors of tools and is not part of detent's own tree: it never leaves `perform`, which
turns it into a `Failure`.  `BadArguments` is read by the model that sent them, so it names fields and says what
was expected.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from ..states.errors import BadValue, ConfigError, DetentError
from ..states.names import Ran

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BadArguments", "Parks", "ToolError"]

_RAN = tuple(ran.value for ran in Ran)


class BadArguments(BadValue):
    """The arguments of a call do not fit its tool; the message is written for the model."""

    code = "bad_arguments"


class Parks(Exception):
    """Not a failure of the call: the run that called is parked where it is, and the call goes on with it later.

    Args:
        trouble: why, as whoever drives the run is told
    """

    def __init__(self, trouble: DetentError) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


class ToolError(Exception):
    """A failure in the tool's own words; raise it inside a tool.

    Args:
        message: what went wrong, for the model
        ran: whether the call had its effect: "no", "unknown" or "yes"
        transient: whether the same call may work later
        retry_after: seconds to wait before it is tried again
        alternatives: what the model could ask for instead (names, paths, ids)
        error: one snake_case word for the kind of failure; empty takes it from the class

    Raises:
        ConfigError: for a `ran` or a `retry_after` that cannot be
    """

    def __init__(
        self,
        message: str,
        *,
        ran: str = "no",
        transient: bool = False,
        retry_after: float = 0.0,
        alternatives: Iterable[str] = (),
        error: str = "",
    ) -> None:
        super().__init__(message)
        if ran not in _RAN:
            raise ConfigError(
                f"A ToolError says ran={ran!r} (its message: {message}).", f"Write one of {', '.join(_RAN)}."
            )
        if not isfinite(retry_after) or retry_after < 0:
            raise ConfigError(
                f"A ToolError says retry_after={retry_after!r} (its message: {message}).",
                "Write seconds, zero or more.",
            )
        self.message = message
        self.ran = Ran(ran)
        self.transient = transient
        self.retry_after = retry_after
        self.alternatives = tuple(alternatives)
        self.error = error
