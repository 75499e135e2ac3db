"""How a verb is declared: a click command that also takes the flags every verb takes.

    @verb(examples=(("detent runs --json", "the list for a program"),))
    @click.pass_obj
    def runs(manners: Manners) -> int: ...

A verb returns its exit code, or None for 0, and raises DetentError; it never exits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from .manners import Manners

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["Verb", "completed", "completed_by", "everywhere", "run_argument", "run_if_any", "verb"]

Examples = Sequence[tuple[str, str]]


def everywhere() -> list[click.Parameter]:
    """The flags that every verb takes, and that may also stand before it."""
    flags: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
        (("--db",), {"metavar": "PATH", "help": "the database; else $DETENT_DB, else your own"}),
        (("--json",), {"is_flag": True, "help": "one JSON document on standard output"}),
        (("--quiet", "-q"), {"is_flag": True, "help": "only the answer, what waits for you, and errors"}),
        (("--verbose", "-v"), {"count": True, "help": "say more"}),
        (("--plain",), {"is_flag": True, "help": "the same lines without movement"}),
        (("--no-input",), {"is_flag": True, "help": "ask nothing; what waits for you waits"}),
    )
    return [click.Option(names, expose_value=False, callback=_heed, **options) for names, options in flags]


def _heed(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Remember a flag, wherever it stood."""
    if value and parameter.name:
        setattr(context.ensure_object(Manners), parameter.name, value)


class Verb(click.Command):
    """A click command with the flags of every verb, and examples in its help.

    Args:
        examples: commands, and what each is for
    """

    def __init__(self, *args: Any, examples: Examples = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = examples
        self.own = len(self.params)
        self.params.extend(everywhere())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its own options, then those of every verb, then the examples."""
        own = [record for one in self.params[: self.own] if (record := one.get_help_record(ctx))]
        if own:
            with formatter.section("Options"):
                formatter.write_dl(own)
        with formatter.section("Every verb"):
            formatter.write_dl(
                [record for one in self.get_params(ctx)[self.own :] if (record := one.get_help_record(ctx))]
            )
        if self.examples:
            with formatter.section("Examples"):
                for command, purpose in self.examples:
                    formatter.write(f"  {command}\n      {purpose}\n")


def verb(name: str, examples: Examples = (), **options: Any) -> Callable[[Callable[..., Any]], Verb]:
    """Make a verb of a function.

    Args:
        name: the verb
        examples: commands, and what each is for
        options: what click.Command takes
    """

    def made(function: Callable[..., Any]) -> Verb:
        command: Verb = click.command(name, cls=Verb, examples=examples, **options)(function)
        return command

    return made


def completed(context: click.Context, parameter: click.Parameter, beginning: str) -> list[CompletionItem]:
    """The runs a shell completes a word to."""
    from .completing import runs_like  # noqa: PLC0415 - only the shell asks for it

    return runs_like(context, parameter, beginning)


def completed_by(
    name: str, *ways: str
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """What a shell completes a parameter with.

    Args:
        name: a function of `completing`, which is loaded when a shell asks
        ways: what that is made with, if anything
    """

    def like(context: click.Context, parameter: click.Parameter, beginning: str) -> list[CompletionItem]:
        from . import completing  # noqa: PLC0415 - only the shell asks for it

        meant = getattr(completing, name)
        found: list[CompletionItem] = (meant(*ways) if ways else meant)(context, parameter, beginning)
        return found

    return like


def run_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """The argument RUN, or RUN@SEQ; a shell completes it from the database."""
    return click.argument("run", metavar="RUN", shell_complete=completed)(function)


def run_if_any(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same where it may be left out."""
    return click.argument("run", metavar="[RUN]", required=False, shell_complete=completed)(function)
