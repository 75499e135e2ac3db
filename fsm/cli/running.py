"""The verbs that drive: `run` begins a run, `resume` goes on with one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...states.errors import ConfigError
from .manners import Manners
from .verb import completed_by, run_argument, verb

if TYPE_CHECKING:
    from ...store import Store
    from ..drivers.loading import Definition

__all__ = ["enter", "going_on", "resume", "run"]

rules = click.option(
    "--yes",
    "yes",
    multiple=True,
    metavar="RULE",
    help="let pass unasked what the rule matches: write_file(path=notes/*)",
)


@verb(
    "run",
    examples=(
        (
            'detent run "Which files here are the largest?" -m ollama:qwen3 -t files',
            "a model with built-in tools",
        ),
        ('detent run "Summarise this." -a agent.py --input report.txt', "an agent file, and material for it"),
        (
            'detent run "Tidy up notes/." -a agent.py --yes "write_file(path=notes/*)"',
            "some calls allowed in advance",
        ),
        ('detent run "And the oldest?" --after last', "go on talking with a run that is over"),
    ),
    help="Begin a run: give an agent a GOAL and drive it until it ends, or needs you.  GOAL may be - for standard input.",
)
@click.argument("goal", required=False)
@click.option("-a", "--agent", "file", metavar="FILE[:NAME]", help="the agent file")
@click.option(
    "-m",
    "--model",
    metavar="MODEL",
    help="the model, as provider:name",
    shell_complete=completed_by("models_like"),
)
@click.option(
    "-t",
    "--tools",
    "tools",
    multiple=True,
    metavar="TOOLSET",
    help="a built-in tool set; may be repeated",
    shell_complete=completed_by("toolsets_like"),
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=VALUE",
    help="a limit; may be repeated",
    shell_complete=completed_by("limits_like"),
)
@click.option("--input", "material", metavar="FILE", help="material for the agent; - is standard input")
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="KEY=VALUE",
    help="a field of a workflow's state; may be repeated",
)
@rules
@click.option("--after", metavar="RUN", help="go on talking: GOAL is what you say next to a run that is over")
@click.option("--name", default="", metavar="NAME", help="another address for the run")
@click.option(
    "--at-limit", type=click.Choice(["ask", "finish"]), help="ask for more, or finish with a last answer"
)
@click.pass_obj
def run(
    manners: Manners,
    /,
    goal: str | None,
    *,
    file: str | None,
    yes: tuple[str, ...],
    name: str,
    at_limit: str | None,
    after: str | None,
    **given: Any,
) -> int:
    """Begin a run and drive it."""
    if after is not None:
        from .forking import talk_on  # noqa: PLC0415 - most runs begin anew

        return talk_on(manners, after, goal, file=file, yes=yes, name=name, **given)
    from ..drivers.face import run as begin  # noqa: PLC0415 - help needs no driver
    from .asked_for import definition, goal_of, inputs_of, name_of  # noqa: PLC0415
    from .driving import drive  # noqa: PLC0415
    from .opening import opened  # noqa: PLC0415

    manners.streams.part()
    if not (goal or file):
        goal_of(goal, None, needed=True)
    meant = definition(file, given["model"], given["tools"], given["limits"], at_limit)
    text = goal_of(goal, given["material"], needed=meant.needs_goal)
    options: dict[str, Any] = {
        "name": name_of(name),
        "at_limit": at_limit or ("ask" if manners.person() else "finish"),
        "yes": yes,
        "inputs": inputs_of(meant.definition, given["values"]),
        "origin": meant.origin,
        "script_folder": meant.folder,
    }
    with opened(manners, "write") as store:
        return drive(
            manners,
            store,
            lambda watcher, on_driver: begin(
                meant.definition, text, store=store, watcher=watcher, on_driver=on_driver, **options
            ),
        )


@verb(
    "resume",
    examples=(
        ("detent resume last", "the newest run of this folder"),
        ("detent resume k7f3 -a agent.py", "a run whose agent file has moved"),
        ("detent resume k7f3 --take-over", "a run whose process hangs"),
    ),
    help="Go on with RUN from where it stands.",
)
@run_argument
@click.option(
    "-a", "--agent", "file", metavar="FILE[:NAME]", help="the agent file, where the run's own is gone"
)
@rules
@click.option("--take-over", is_flag=True, help="stop whoever drives it first, also if it is frozen")
@click.option("--again", is_flag=True, help="go on though its drivers died again and again at the same click")
@click.pass_obj
def resume(
    manners: Manners, /, run: str, file: str | None, yes: tuple[str, ...], *, again: bool, take_over: bool
) -> int:
    """Go on with a run."""
    from .opening import found, opened  # noqa: PLC0415

    manners.streams.part()
    with opened(manners, "write") as store:
        meant = found(store, run)
        return going_on(manners, store, meant, file=file, yes=yes, again=again, take_over=take_over)


def going_on(
    manners: Manners,
    store: Store,
    run: str,
    *,
    file: str | None = None,
    yes: tuple[str, ...] = (),
    again: bool = False,
    take_over: bool = False,
) -> int:
    """Drive a run on from its head, in the folder it was begun in.

    Args:
        manners: how to speak
        store: where the run lies
        run: its id
        file: the agent file, where the run's own is gone
        yes: more rules for calls that may pass unasked
        again: go on though its drivers were ended at the same click again and again
        take_over: stop whoever drives it first

    Raises:
        DetentError: the run is parked where it was
    """
    from ..drivers.face import resume as go_on  # noqa: PLC0415
    from ..drivers.loading import load_file  # noqa: PLC0415
    from .driving import drive  # noqa: PLC0415

    manners.streams.part()
    agent: Definition | None = None
    options: dict[str, Any] = {}
    if file is not None:
        loaded = load_file(file, Path.cwd())
        agent, options["script_folder"] = loaded.definition, loaded.path.parent
    enter(store.record(run).folder)
    return drive(
        manners,
        store,
        lambda watcher, on_driver: go_on(
            run,
            agent=agent,
            store=store,
            yes=yes,
            again=again,
            take_over=take_over,
            watcher=watcher,
            on_driver=on_driver,
            **options,
        ),
    )


def enter(folder: str) -> None:
    """Go into the folder a run was begun in.

    Raises:
        ConfigError: it is gone
    """
    try:
        os.chdir(folder)
    except OSError as error:
        why = error.strerror or "it cannot be entered"
        raise ConfigError(
            f"The run's folder {folder} cannot be entered: {why}.", "Bring it back, then resume."
        ) from None
