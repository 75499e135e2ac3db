"""What went wrong, in two sentences and an exit code.

With `--json` an error is `{"error": {"code", "message", "hint"}, "exit"}` on standard output.  With $DETENT_DEBUG set
the traceback is shown as well.
"""

from __future__ import annotations

import os
import traceback

import click

from ...states.errors import DetentError
from . import escape
from .manners import Manners
from .verbs import VERBS

__all__ = ["close", "report"]

USAGE, IO, BUG, INTERRUPTED = 2, 74, 70, 130

Said = tuple[str, str, str, int]  # code, message, hint, exit


def report(manners: Manners, error: BaseException) -> int:
    """Tell a person, or a program, what went wrong.

    Returns:
        the exit code
    """
    if os.environ.get("DETENT_DEBUG"):
        traceback.print_exception(error)
    code, message, hint, leave = _said(error)
    if manners.json:
        manners.document({"error": {"code": code, "message": message, "hint": hint}, "exit": leave})
        return leave
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        manners.say(error.format_message())
        return leave
    manners.say(f"{manners.paint('detent:', 'red')} {escape.line(message)}")
    if hint:
        manners.say(escape.line(hint))
    return leave


def _said(error: BaseException) -> Said:
    match error:
        case DetentError():
            return error.code, error.message, error.hint, error.exit_code
        case click.exceptions.NoArgsIsHelpError():
            return "usage", "There is no verb.", "See  detent --help.", USAGE
        case click.ClickException():
            return "usage", *_usage(error), USAGE
        case KeyboardInterrupt() | click.Abort() | EOFError():
            return "interrupted", "Interrupted.", "What was done before is saved.", INTERRUPTED
        case OSError():
            why = error.strerror or type(error).__name__
            where = f" ({error.filename})" if error.filename else ""
            return "io", f"The system refused: {why}{where}.", "Mend that, then try again.", IO
        case _:
            why = f"{type(error).__name__}: {error}".strip(": ")
            hint = "DETENT_DEBUG=1 shows where it happened; every run stands at its last click."
            return "internal", f"A bug in detent: {why}.", hint, BUG


def _usage(error: click.ClickException) -> tuple[str, str]:
    """What click says, as our two sentences."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "detent"
    see = f"See  {path} --help."
    if isinstance(error, click.NoSuchOption):
        likely = next(iter(error.possibilities or ()), "")
        return f"There is no option {error.option_name}.", f"Did you mean {likely}?" if likely else see
    message = error.format_message().strip()
    if message.startswith("There is no verb '"):
        meant = close(message.split("'")[1], VERBS)
        return message, f"Did you mean  detent {meant}?" if meant else see
    if isinstance(error, click.MissingParameter) and error.param:
        name = error.param.make_metavar(context) if context else error.param.name
        return f"{name} is missing.", see
    return message if message.endswith((".", "?", "!")) else f"{message}.", see


def close(name: str, names: object) -> str:
    """The one of some names that looks most like this one; empty if none does."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

    return next(iter(get_close_matches(name, list(names), n=1, cutoff=0.5)), "")  # type: ignore[call-overload]
