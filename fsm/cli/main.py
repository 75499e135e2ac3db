"""The way in: finds the verb, loads it, and turns whatever comes of it into an exit code.

No traceback reaches a terminal unless $DETENT_DEBUG is set: an error is two sentences, what is wrong and what to do.
"""

from __future__ import annotations

import gc
import importlib
import keyword
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from .manners import Manners
from .verb import everywhere
from .verbs import SECTIONS, VERBS

__all__ = ["Detent", "main", "root"]

COMPLETING = "_DETENT_COMPLETE"


class Detent(click.Group):
    """The command: its verbs are loaded when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order of the help."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A verb, loaded now."""
        del ctx
        module = VERBS.get(cmd_name)
        if module is None:
            return None
        loaded = importlib.import_module(f".{module}", __package__)
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        found: click.Command = getattr(loaded, name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that is meant."""
        known = args[0] in VERBS or args[0].startswith("-") or ctx.resilient_parsing
        if not known:
            raise click.exceptions.UsageError(f"There is no verb {args[0]!r}.", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with a line each, without loading any."""
        del ctx
        longest = max(map(len, VERBS))
        for title, verbs in SECTIONS:
            with formatter.section(title):
                formatter.write_dl([(name.ljust(longest), said) for name, _, said in verbs])


def _version(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
    if value:
        from ... import __version__  # noqa: PLC0415 - asked for seldom

        context.ensure_object(Manners).print(f"detent {__version__}")
        context.exit()


root = Detent(
    name="detent",
    subcommand_metavar="VERB [ARGS]...",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="the version",
        ),
        *everywhere(),
    ],
    help="Run local-model agents as explicit state machines: durable, explainable, and sure to stop.",
    epilog="RUN is an id, any beginning of one that is unique, a name, or `last`; RUN@SEQ is one click of it.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Args:
        arguments: the words after `detent`; those of this process, which then ends, if None

    Returns:
        the exit code
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if COMPLETING in os.environ:
        from click.shell_completion import shell_complete  # noqa: PLC0415 - only a shell asks for it

        return shell_complete(root, {"obj": Manners()}, "detent", COMPLETING, os.environ[COMPLETING])
    if arguments is None:
        gc.disable()  # what is loaded now stays to the end, and looking through it takes longer than loading a part
    code = _obey(Manners(), given)
    if arguments is None:
        gc.freeze()  # nor is it looked through once more on the way out
    if "threading" in sys.modules:
        _hurry(code)
    return code


def _hurry(code: int) -> None:
    """See that no thread keeps the process; where even that cannot be loaded, it ends when its threads do."""
    try:
        from .leaving import hurry  # noqa: PLC0415 - only where threads may hang
    except OSError:
        return
    hurry(code)


def _obey(manners: Manners, given: list[str]) -> int:
    manners.json = "--json" in given[: given.index("--")] if "--" in given else "--json" in given
    try:
        with root.make_context("detent", given, obj=manners) as context:
            return int(root.invoke(context) or 0)
    except click.exceptions.Exit as left:
        return left.exit_code
    except BaseException as error:  # noqa: BLE001 - every end of a command is told in two sentences
        return _reported(manners, error)


def _reported(manners: Manners, error: BaseException) -> int:
    """Tell what went wrong; in plain words where even the better ones cannot be loaded."""
    try:
        from .failing import report  # noqa: PLC0415 - most commands do not fail
    except (OSError, ImportError) as worse:
        sys.stderr.write(f"detent: {error}\nThe system refused: {worse}.\n")
        return int(getattr(error, "exit_code", 74))
    return report(manners, error)
