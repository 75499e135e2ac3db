"""The verbs that settle what waits for a person, and those that speak to a live run, from any terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ...states.errors import UsageError
from . import escape
from .manners import Manners
from .verb import completed_by, run_argument, verb
from .wording import call_words, cut, plural

if TYPE_CHECKING:
    from ...states.snapshot import Snapshot
    from ...store import Store

__all__ = ["answer", "approve", "cancel", "deny", "edit", "resolve", "tell"]

SETTLED = {
    "approve": "yes",
    "deny": "no",
    "edit": "yes, with other arguments",
    "answer": "answered",
    "happened": "it happened",
    "failed": "it failed",
    "did_not_happen": "it did not happen",
}

resuming = click.option("--resume", "go_on", is_flag=True, help="go on with the run afterwards")
every = click.option("--all", "every", is_flag=True, help="every open gate of the run")


def gate_argument(*ways: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The argument GATE; a shell completes those that can be settled in one of these ways."""
    completes = completed_by("gates_like", *ways)
    return click.argument("gate", required=False, metavar="[GATE]", shell_complete=completes)


@verb(
    "approve",
    examples=(
        ("detent approve k7f3 --resume", "say yes, and go on"),
        ("detent approve k7f3 --all", "yes to everything that waits there"),
    ),
    help="Say yes to what RUN asks: exactly the call that was shown, once; or one more helping of its limits.",
)
@run_argument
@gate_argument("approve")
@every
@resuming
@click.pass_obj
def approve(manners: Manners, /, run: str, gate: str | None, every: bool, go_on: bool) -> int:
    """Say yes."""
    return _settle(manners, run, gate, "approve", every=every, go_on=go_on)


@verb(
    "deny",
    examples=(('detent deny k7f3 --reason "not that file" --resume', "the model is told why"),),
    help="Say no to what RUN asks.  The model is told the reason and may try something else.",
)
@run_argument
@gate_argument("deny")
@click.option("--reason", default="", metavar="TEXT", help="why; the model is told")
@every
@resuming
@click.pass_obj
def deny(manners: Manners, /, run: str, gate: str | None, *, reason: str, every: bool, go_on: bool) -> int:
    """Say no."""
    return _settle(manners, run, gate, "deny", _given(reason), every=every, go_on=go_on)


@verb(
    "edit",
    examples=(
        ("detent edit k7f3 --resume", "edit them in $EDITOR, see what would run, and say yes"),
        ('detent edit k7f3 --arguments \'{"path": "notes/new.md"}\'', "yes, with these arguments"),
    ),
    help="Say yes to a call with other arguments: those given here, or edited at the terminal.",
)
@run_argument
@gate_argument("edit")
@click.option("--arguments", metavar="JSON", help="all arguments, as JSON; @FILE or - reads them")
@resuming
@click.pass_obj
def edit(manners: Manners, /, run: str, gate: str | None, *, arguments: str | None, go_on: bool) -> int:
    """Say yes to other arguments."""
    if arguments is not None:
        return _settle(manners, run, gate, "edit", _given(arguments, files=True), go_on=go_on)
    if not manners.person():
        raise UsageError(
            "Nobody is at a terminal who could edit the arguments.",
            "Give them:  --arguments JSON, @FILE or -.",
        )
    return _edit(manners, run, gate, go_on=go_on)


def _edit(manners: Manners, run: str, name: str | None, *, go_on: bool) -> int:
    """Edit at the terminal, and settle with exactly the bytes that were said yes to there."""
    import asyncio  # noqa: PLC0415 - help needs no loop, and no driver

    from ..drivers.editing import edited, pretty  # noqa: PLC0415
    from ..drivers.settle import decide, gates_meant  # noqa: PLC0415
    from ..drivers.views import gate_views  # noqa: PLC0415
    from .editing import edit_at_terminal  # noqa: PLC0415
    from .opening import found, opened  # noqa: PLC0415

    with opened(manners, "write") as store:
        head, (gate,) = gates_meant(store, found(store, run), name, every=False)
        view = next(one for one in gate_views(store, head) if one["gate"] == gate.id)
        shown = view.get("arguments", {})
        start = pretty(shown)
        edited(head, gate, start)  # a gate that takes no other arguments is told before anything is opened
        manners.say(cut(_about(view), manners.columns()))

        def exact(written: str) -> str:
            return edited(head, gate, written)

        made, written = asyncio.run(edit_at_terminal(manners, shown, start, exact))
        if made is None:
            kept = "" if written == start else "  What was written is not kept."
            manners.say(f"Nothing was changed; the gate stays open.{kept}")
            return 0
        after = decide(store, head, gate, "edit", made)
        manners.tell(cut(f"{SETTLED['edit']}  {_about(view)}", manners.columns()))
        return _go_on(manners, store, after) if go_on else _said(manners, store, after, "settled")


@verb(
    "answer",
    examples=(('detent answer k7f3 "The one from March." --resume', "and go on"),),
    help="Answer the question that RUN asks, or give it a hint at a loop.",
)
@run_argument
@click.argument("text")
@click.option(
    "--gate",
    metavar="GATE",
    help="the gate, where several are open",
    shell_complete=completed_by("gates_like", "answer"),
)
@resuming
@click.pass_obj
def answer(manners: Manners, /, run: str, text: str, gate: str | None, go_on: bool) -> int:
    """Answer a question."""
    return _settle(manners, run, gate, "answer", _given(text), go_on=go_on)


@verb(
    "resolve",
    examples=(
        ('detent resolve k7f3 --happened "message 4711 was sent" --resume', "it happened, with this result"),
        ("detent resolve k7f3 --did-not-happen --resume", "it did not: run it once more"),
    ),
    help="Say what became of a call of RUN that is in doubt.",
)
@run_argument
@gate_argument("happened")
@click.option("--happened", metavar="RESULT", help="it happened; RESULT is what it gave; @FILE or - reads it")
@click.option("--failed", metavar="REASON", help="it failed, and is not to be run again")
@click.option("--did-not-happen", is_flag=True, help="it did not happen: run it once more")
@resuming
@click.pass_obj
def resolve(
    manners: Manners,
    /,
    run: str,
    gate: str | None,
    *,
    happened: str | None,
    failed: str | None,
    did_not_happen: bool,
    go_on: bool,
) -> int:
    """Settle a doubt."""
    said = [
        *([("happened", _given(happened, files=True))] if happened is not None else []),
        *([("failed", _given(failed))] if failed is not None else []),
        *([("did_not_happen", "")] if did_not_happen else []),
    ]
    if len(said) != 1:
        raise UsageError(
            "Say one thing about the call.", "Use --happened RESULT, --failed REASON, or --did-not-happen."
        )
    how, text = said[0]
    return _settle(manners, run, gate, how, text, go_on=go_on)


@verb(
    "tell",
    examples=(
        ('detent tell k7f3 "Also look at the March report."', "the model reads it before its next reply"),
    ),
    help="Tell a live RUN something; the model reads it before its next reply.",
)
@run_argument
@click.argument("text")
@click.pass_obj
def tell(manners: Manners, run: str, text: str) -> int:
    """Tell a run something."""
    from ..drivers.settle import tell as told  # noqa: PLC0415 - help needs no driver
    from .opening import found, opened  # noqa: PLC0415

    with opened(manners, "write") as store:
        head = told(store, found(store, run), _given(text))
        return _said(manners, store, head, "told")


@verb(
    "cancel",
    examples=(("detent cancel last", "end the newest run of this folder"),),
    help="End RUN.  Its started tools are stopped.",
)
@run_argument
@click.pass_obj
def cancel(manners: Manners, run: str) -> int:
    """End a run."""
    from ..drivers.settle import cancel as ended  # noqa: PLC0415
    from .opening import found, opened  # noqa: PLC0415

    with opened(manners, "write") as store:
        head = ended(store, found(store, run))
        return _said(manners, store, head, "cancelled" if not head.state.live else "ending")


def _given(text: str, *, files: bool = False) -> str:
    """The text of an argument; `-` is standard input, and where a file may stand @FILE is its text."""
    from .asked_for import checked, read_text  # noqa: PLC0415 - help needs none of it

    if text == "-":
        return read_text("-")
    return read_text(text[1:]) if files and text.startswith("@") else checked(text, "What you say")


def _settle(
    manners: Manners,
    run: str,
    gate: str | None,
    how: str,
    text: str = "",
    *,
    every: bool = False,
    go_on: bool = False,
) -> int:
    from ..drivers.settle import decide, gates_meant  # noqa: PLC0415 - help needs no driver
    from ..drivers.views import gate_views  # noqa: PLC0415
    from .opening import found, opened  # noqa: PLC0415

    with opened(manners, "write") as store:
        head, gates = gates_meant(store, found(store, run), gate, every=every)
        asked = {view["gate"]: view for view in gate_views(store, head)}
        after = head
        for one in gates:
            if one.id not in {still.id for still in after.gates}:
                continue  # it closed with another: what a denied call held back has nothing left to ask
            after = decide(store, head, one, how, text)
            manners.tell(cut(f"{SETTLED[how]}  {_about(asked[one.id])}", manners.columns()))
        return _go_on(manners, store, after) if go_on else _said(manners, store, after, "settled")


def _about(view: Mapping[str, Any]) -> str:
    """What a gate was about, on one line."""
    if "tool" not in view:
        return f"{view['gate']}  {escape.line(view['asks'])}"
    return f"{view['gate']}  {call_words(view['tool'], view['arguments'])}"


def _go_on(manners: Manners, store: Store, head: Snapshot) -> int:
    """Go on with a run, unless a driver does already."""
    pid = store.owner(head.run)
    if pid is not None:
        manners.tell(f"Process {pid} drives the run and goes on with it.")
        return _said(manners, store, head, "settled")
    from .running import going_on  # noqa: PLC0415

    return going_on(manners, store, head.run)


def _said(manners: Manners, store: Store, head: Snapshot, done: str) -> int:
    """Say where the run stands now; 0, since what was asked for is done."""
    from ..drivers.views import run_view  # noqa: PLC0415
    from .opening import short  # noqa: PLC0415

    if manners.json:
        manners.document({**run_view(store, head, 0), "done": done})
        return 0
    name = short(store, head.run)
    shown = f"{manners.paint(name, bold=True)} {done}: {manners.state(head.state.value)} at click {head.seq}."
    pid = store.owner(head.run)
    if not head.state.live:
        following = escape.line(head.reason)
    elif pid is not None:
        following = f"process {pid} drives it"
    else:
        number = len(head.gates)
        waits = f"{plural(number, 'gate')} still open:" if number else "Go on with"
        following = f"{waits}  {manners.command('show' if number else 'resume', name)}"
    manners.tell(f"{shown}  {following}")
    return 0
