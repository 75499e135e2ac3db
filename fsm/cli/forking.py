"""`fork`: a new run from a click of another, with something changed; once, or many times as a table."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict, evolve

from ...states.errors import UsageError
from . import escape
from .manners import Manners
from .verb import completed_by, run_argument, verb
from .wording import cut, duration

if TYPE_CHECKING:
    from ...store import Store
    from ..drivers.branching import Tried, Wish

__all__ = ["fork", "talk_on"]

DECISIONS = ("approve", "deny", "edit", "answer", "happened", "failed", "did_not_happen")
WIDTHS = (5, 22, 18, 7, 8, 9, 8)  # columns of the table of many forks


@verb(
    "fork",
    examples=(
        ("detent fork k7f3@5 -m ollama:llama3.2", "the same history, another model; no tool is called"),
        ("detent fork k7f3@5 --edit 2=@better.txt", "as if the message 2 had said something else"),
        ("detent fork k7f3@AWAITING_APPROVAL --decide 'deny:not that file'", "as if you had said no"),
        ("detent fork k7f3@5 -m ollama:qwen3 -m ollama:llama3.2 --times 5", "ten forks, and a table of them"),
        ("detent fork k7f3@5 --tools live", "its tools run again, under their own rules"),
    ),
    help="Begin a new run at a click of RUN (RUN@SEQ, RUN@-1, RUN@STATE), with something changed.  Nothing of RUN "
    "changes.  A call equal to a recorded one is served what that came to; any other is a failed outcome the model "
    "is told, unless --tools says otherwise.",
)
@run_argument
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    metavar="MODEL",
    help="another model; several make several forks",
    shell_complete=completed_by("models_like"),
)
@click.option("-a", "--agent", "file", metavar="FILE[:NAME]", help="another agent file")
@click.option(
    "-t",
    "--toolset",
    "toolsets",
    multiple=True,
    metavar="TOOLSET",
    help="a further built-in tool set",
    shell_complete=completed_by("toolsets_like"),
)
@click.option("--instructions", metavar="FILE", help="other instructions; - is standard input")
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=VALUE",
    help="another limit",
    shell_complete=completed_by("limits_like"),
)
@click.option("--goal", default="", metavar="TEXT", help="another goal")
@click.option(
    "--edit",
    "edits",
    multiple=True,
    metavar="PLACE[=TEXT]",
    help="another text of a message: its number as `show` has it, or the last of a kind; @FILE reads it, no text opens your editor",
)
@click.option(
    "--decide",
    "decisions",
    multiple=True,
    metavar="[GATE=]HOW[:TEXT]",
    help="settle a gate of the click at once, otherwise than it was",
)
@click.option(
    "--tools",
    "mode",
    type=click.Choice(["recorded", "ask", "live"]),
    default="recorded",
    help="calls that were not recorded: fail, ask you, or run",
)
@click.option(
    "--times", type=click.IntRange(1), default=1, metavar="N", help="so many forks of each model, and a table"
)
@click.option("--name", default="", metavar="NAME", help="another address for the fork")
@click.option("--park", is_flag=True, help="only write it; `resume` goes on")
@click.pass_obj
def fork(manners: Manners, /, run: str, *, park: bool, times: int, **given: Any) -> int:
    """Fork a run."""
    from .opening import clicked, opened, short  # noqa: PLC0415 - help needs no database

    manners.streams.part()
    with opened(manners, "write") as store:
        parent, seq = clicked(store, run)
        wishes = _wishes(manners, store, parent, seq, given)
        options = _agent(given["file"])
        address = f"{parent}@{seq}"
        if len(wishes) > 1 or times > 1:
            if park:
                raise UsageError("Many forks cannot be parked.", "Leave out --park, or fork once.")
            return _many(manners, store, address, wishes=wishes, times=times, options=options)
        if park:
            made = asyncio.run(_fork(address, wishes[0], store, park=True, **options))
            manners.print(short(store, made.id))
            manners.tell(f"Go on with  {manners.command('resume', short(store, made.id))}")
            return 0
        return _one(manners, store, address, wishes[0], options)


def _fork(address: str, wish: Wish, store: Store, **options: Any) -> Any:
    from ..drivers.branching import fork as made  # noqa: PLC0415

    return made(address, wish, store=store, **options)


def _one(manners: Manners, store: Store, address: str, wish: Wish, options: Mapping[str, Any]) -> int:
    from .driving import drive  # noqa: PLC0415
    from .running import enter  # noqa: PLC0415

    enter(store.record(address.partition("@")[0]).folder)
    return drive(
        manners,
        store,
        lambda watcher, on_driver: _fork(
            address, wish, store, watcher=watcher, on_driver=on_driver, **options
        ),
    )


def talk_on(
    manners: Manners,
    after: str,
    goal: str | None,
    *,
    file: str | None,
    yes: tuple[str, ...],
    name: str,
    **given: Any,
) -> int:
    """Go on talking with a run that is over: `run GOAL --after RUN`.

    Raises:
        UsageError: it is not over, or nothing is said
    """
    from ..drivers.branching import Wish, go_on_talking  # noqa: PLC0415
    from .asked_for import goal_of, name_of, pairs  # noqa: PLC0415
    from .driving import drive  # noqa: PLC0415
    from .opening import found, opened  # noqa: PLC0415
    from .running import enter  # noqa: PLC0415

    manners.streams.part()
    if given["values"]:
        raise UsageError("--set begins a workflow; --after goes on talking.", "Leave out one of the two.")
    said = goal_of(goal, given["material"], needed=True)
    wish = Wish(
        model=given["model"] or "",
        tools=given["tools"],
        limits=dict(pairs(given["limits"], "--limit")),
        name=name_of(name),
    )
    with opened(manners, "write") as store:
        run = found(store, after)
        options = {**_agent(file), "yes": yes}
        enter(store.record(run).folder)
        return drive(
            manners,
            store,
            lambda watcher, on_driver: go_on_talking(
                run,
                said,
                wish,
                store=store,
                folder=Path.cwd(),
                watcher=watcher,
                on_driver=on_driver,
                **options,
            ),
        )


def _agent(file: str | None) -> dict[str, Any]:
    if file is None:
        return {}
    from ..drivers.loading import load_file  # noqa: PLC0415
    from ..drivers.origin import origin_of_file  # noqa: PLC0415

    loaded = load_file(file, Path.cwd())
    return {
        "agent": loaded.definition,
        "origin": origin_of_file(loaded.address, {}),
        "script_folder": loaded.path.parent,
    }


def _wishes(manners: Manners, store: Store, parent: str, seq: int, given: Mapping[str, Any]) -> list[Wish]:
    """What each fork is to have otherwise: one for each model that is named."""
    from ..drivers.branching import Wish  # noqa: PLC0415
    from .asked_for import checked, name_of, pairs, read_text  # noqa: PLC0415

    instructions = given["instructions"]
    wish = Wish(
        instructions=None if instructions is None else read_text(instructions),
        tools=given["toolsets"],
        limits=dict(pairs(given["limits"], "--limit")),
        goal=checked(given["goal"], "The goal"),
        edits=tuple(_edit(manners, store, parent, seq, one) for one in given["edits"]),
        decisions=tuple(_decision(one) for one in given["decisions"]),
        recordings=given["mode"],
        name=name_of(given["name"]),
    )
    return [evolve(wish, model=model) for model in given["models"]] or [wish]


def _edit(manners: Manners, store: Store, parent: str, seq: int, written: str) -> tuple[str, str]:
    """A message's place and its new text: as it stands, from a file, or from the person's editor."""
    from .asked_for import checked, read_text  # noqa: PLC0415

    place, mark, said = written.partition("=")
    if mark:
        text = read_text(said[1:]) if said.startswith("@") else read_text("-") if said == "-" else said
        return place, checked(text, "The new text")
    from ..drivers.forking import message_text  # noqa: PLC0415

    if not manners.person():
        raise UsageError(
            f"--edit {written} has no text, and nobody is here to write one.",
            f"Write  --edit {written}=TEXT.",
        )
    old = message_text(store, parent, seq, place)
    new = click.edit(old)
    if new is None:
        raise UsageError("The editor was left without saving.", "Nothing was changed.")
    return place, new.removesuffix("\n") if not old.endswith("\n") else new


def _decision(written: str) -> tuple[str, str, str]:
    """The gate, how it is settled, and the text that belongs to it."""
    gate, mark, rest = written.partition("=")
    if not mark or gate.partition(":")[0] in DECISIONS:
        gate, rest = "", written
    how, _, said = rest.partition(":")
    if how not in DECISIONS:
        raise UsageError(f"{how!r} settles no gate.", f"There are: {', '.join(DECISIONS)}.")
    return gate, how, said


def _many(
    manners: Manners,
    store: Store,
    address: str,
    *,
    wishes: Sequence[Wish],
    times: int,
    options: Mapping[str, Any],
) -> int:
    """Many forks, a line each, and what became of them in all."""
    from ..drivers.branching import fork_many  # noqa: PLC0415
    from .running import enter  # noqa: PLC0415

    enter(store.record(address.partition("@")[0]).folder)
    if not manners.json:
        manners.print(_row(("run", "model", "state", "clicks", "diverges", "tokens", "time")))

    def told(tried: Tried) -> None:
        if not manners.json:
            for line in _told(manners, store, tried):
                manners.print(line)

    made = asyncio.run(fork_many(address, wishes, times, store=store, told=told, **options))
    if manners.json:
        manners.document([asdict(one) for one in made])
        return 0
    manners.print("")
    for model in dict.fromkeys(one.model for one in made):
        mine = [one for one in made if one.model == model]
        done = sum(one.state == "DONE" for one in mine)
        manners.print(f"{escape.line(model or 'workflow')}: {done} of {len(mine)} reached DONE")
    return 0


def _told(manners: Manners, store: Store, tried: Tried) -> list[str]:
    from .opening import short  # noqa: PLC0415

    cells = (
        short(store, tried.run) if tried.run else "-",
        cut(escape.line(tried.model), WIDTHS[1]),
        tried.state,
        str(tried.clicks),
        "-" if tried.diverges is None else f"@{tried.diverges}",
        f"{tried.tokens:,}",
        duration(tried.milliseconds),
    )
    why = tried.reason if tried.reason not in ("", "answered") else ""
    return [_row(cells), *([cut(f"       {escape.line(why)}", manners.columns())] if why else [])]


def _row(cells: Sequence[str]) -> str:
    left = [f"{cell:<{wide}}" for cell, wide in zip(cells[:3], WIDTHS, strict=False)]
    right = [f"{cell:>{wide}}" for cell, wide in zip(cells[3:], WIDTHS[3:], strict=False)]
    return " ".join([*left, *right]).rstrip()
