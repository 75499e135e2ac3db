"""Forks as a person asks for them: from RUN@SEQ, with another model, other words, limits or tools, once or many times.

A fork follows its parent's agent as its file says now, with what is asked for changed.  What its calls may do is said
by `recordings`, and is never `live` unless that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from attrs import evolve, field, fields, frozen

from ...states.errors import BadValue, ConfigError, DetentError, NotFound, UsageError
from ...states.snapshot import Snapshot
from ...states.spec import ModelOptions, Spec
from ...store import Store
from ..kernel import step
from .addresses import clicked, found
from .agent import Agent
from .assembly import asking_spec, planner_of, settle_options
from .decisions import Verdict, decision_fact, digest_of, gate_of, note_fact
from .differing import first_other_reply
from .ending import Ending
from .face import resume
from .forking import Change, Wanted, fork_run, message_at
from .loading import Definition
from .local import Watcher
from .origin import FOREIGN, apply_overrides, check_own, definition_of
from .recordings import Mode
from .settle import decide, gates_meant, tell
from .standing import Run, home, opened
from .views import load_head

__all__ = ["Tried", "Wish", "fork", "fork_many", "go_on_talking"]

OVERRIDES = ("model", "instructions", "tools", "limits")


@frozen(kw_only=True)
class Wish:
    """What a fork is to have otherwise.

    Args:
        model: another model; empty for the same
        instructions: another system prompt; None for the same
        tools: further built-in tools
        limits: caps by name
        goal: another goal, in the place of the first message; empty for the same
        note: something the person says next, as in `run --after`; empty for nothing
        edits: messages that say something else: a place (a number, or the last of a kind) and the text
        decisions: gates that are settled at once: how, and the text that belongs to it, by gate; the gate is empty
            where there is only one
        recordings: recorded, ask, or live
        name: another address for it
    """

    model: str = ""
    instructions: str | None = None
    tools: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(factory=dict)
    goal: str = ""
    note: str = ""
    edits: tuple[tuple[str, str], ...] = ()
    decisions: tuple[tuple[str, str, str], ...] = ()
    recordings: str = Mode.RECORDED.value
    name: str = ""

    @property
    def overrides(self) -> dict[str, Any]:
        """What is changed of the agent, as an origin keeps it."""
        made = {name: getattr(self, name) for name in OVERRIDES}
        return {name: value for name, value in made.items() if value not in ("", None, (), {})}


async def fork(
    address: str,
    wish: Wish | None = None,
    *,
    agent: Definition | None = None,
    origin: Mapping[str, Any] | None = None,
    store: Store | str | Path | None = None,
    folder: str | Path | None = None,
    park: bool = False,
    watcher: Watcher | None = None,
    **driving: Any,
) -> Run:
    """Make a new run of a click of another, and drive it.

    Args:
        address: RUN@SEQ, RUN@-1, RUN@STATE, or RUN for its last click
        wish: what it is to have otherwise; None for nothing
        agent: its functions; None loads the file the parent began with, as it is now
        origin: what `resume` in another process finds its functions by; None is the parent's
        store: a Store, a path, or None for the usual database
        folder: what `last` is relative to; the current folder if None
        park: only write it; `resume` goes on with it
        watcher: who is told what happens
        driving: what else `resume` takes

    Raises:
        NotFound, UsageError, BadValue: nothing was written
        ConfigError: the agent is gone, or cannot work
        ModelUnavailable: another model was asked for, and cannot be reached
    """
    wish = wish or Wish()
    with opened(store) as used:
        parent, seq = clicked(used, address, str(Path(folder or Path.cwd()).resolve()))
        record, stored = used.record(parent), load_head(used, parent).spec
        base = dict(record.origin if origin is None else origin)
        file: Path | None = None
        if agent is None:
            check_own(record)
            agent, file = definition_of(base, stored, parent)
        overrides = {**base.get("overrides", {}), **wish.overrides}
        scripts = driving.get("script_folder") or (file.parent if file else Path(record.folder))
        spec = await _spec(apply_overrides(agent, overrides), stored, scripts, _mode(wish.recordings))
        run = fork_run(used, parent, seq, _wanted(used, (parent, seq), wish, spec, _origin(base, overrides)))
        if FOREIGN in record.labels and origin is None:
            used.label(run, FOREIGN)
        _settled(used, run, wish)
        if park:
            head = load_head(used, run)
            return Run(home(store, used), head, Ending(head))
        made = await resume(
            run, agent=agent, store=used, watcher=watcher, **{**driving, "script_folder": scripts}
        )
    return evolve(made, store=home(store, used))


def _wanted(
    store: Store, parent: tuple[str, int], wish: Wish, spec: Spec, origin: Mapping[str, Any]
) -> Wanted:
    return Wanted(
        spec=spec,
        mode=_mode(wish.recordings),
        changes=_changes(store, *parent, wish),
        name=wish.name,
        goal=wish.note,
        origin=origin,
        check=lambda first: _check(first, wish, parent[0]),
    )


def _mode(written: str) -> Mode:
    known = [mode for mode in Mode if mode is not Mode.REHEARSED]
    if written not in known:
        raise UsageError(f"{written!r} is no way to treat calls.", f"There are {', '.join(known)}.")
    return Mode(written)


async def _spec(definition: Definition, stored: Spec, scripts: Path, mode: Mode) -> Spec:
    """What the fork agrees to; where its calls are asked about every tool may ask."""
    spec = await _agreed(definition, stored, scripts)
    return asking_spec(spec) if mode is Mode.ASK else spec


async def _agreed(definition: Definition, stored: Spec, scripts: Path) -> Spec:
    """The spec of the definition; a model that the parent had keeps the options that were settled for it."""
    box = definition.toolbox()
    if isinstance(definition, Agent) and not definition.model:
        definition = evolve(definition, model=stored.model)
    spec = definition.spec(box, stored.at_limit)
    if spec.planner != stored.planner:
        raise UsageError(
            "A workflow cannot go on as an agent, nor an agent as a workflow.", "Begin a new run."
        )
    if spec.planner == "workflow":
        return spec
    if spec.model == stored.model:
        kept = {one.name: getattr(stored.options, one.name) for one in fields(ModelOptions)}
        said = {name: value for name in kept if (value := getattr(spec.options, name)) is not None}
        return evolve(spec, options=ModelOptions(**{**kept, **said}))
    async with AsyncExitStack() as stack:
        planner = planner_of(definition, spec, box, scripts)
        stack.push_async_callback(planner.close)
        return settle_options(spec, (await planner.check()).window)


def _changes(store: Store, parent: str, seq: int, wish: Wish) -> tuple[Change, ...]:
    made = [Change(message_at(store, parent, seq, where), body) for where, body in wish.edits]
    if wish.goal:
        made.append(Change(0, wish.goal))
    return tuple(made)


def _origin(base: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in base.items() if name not in ("caller", "goal", "overrides")}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in overrides.items()}
    return {**kept, **({"overrides": plain} if plain else {})}


async def go_on_talking(
    address: str, said: str, wish: Wish, *, store: Store, folder: str | Path, **options: Any
) -> Run:
    """Say something to a run that is over: a fork of its end, live, in which that is said next.

    Args:
        address: the run
        said: what is said
        wish: what it is to have otherwise
        store: where it lies
        folder: what `last` is relative to
        options: what else `fork` takes

    Raises:
        UsageError: the run is not over
    """
    run = found(store, address, str(folder))
    head = load_head(store, run)
    if head.state.live:
        raise UsageError(
            f"Run {run[:6]} is not over: it is {head.state.value}.",
            f"Speak to it with  detent tell {run[:6]}, or fork it.",
        )
    live = evolve(wish, note=said, recordings=Mode.LIVE.value)
    return await fork(f"{run}@{head.seq}", live, store=store, folder=folder, **options)


def _check(first: Snapshot, wish: Wish, parent: str) -> None:
    """Whether what is to be said at once can be said there; what cannot is told of the parent, which is there.

    Raises:
        UsageError, BadValue: it cannot
    """
    for name, how, said in wish.decisions:
        gate = gate_of(evolve(first, run=parent), name or None)
        verdict = Verdict(gate=gate.id, how=how, digest=digest_of(first, gate), text=said)
        first = step(first, decision_fact(first, verdict, first.at).event)
    if wish.note:
        note_fact(first, wish.note, first.at)


def _settled(store: Store, run: str, wish: Wish) -> None:
    """What is said at once: decisions, then a note."""
    for gate, how, said in wish.decisions:
        head, (meant, *_) = gates_meant(store, run, gate or None, every=False)
        decide(store, head, meant, how, said)
    if wish.note:
        tell(store, run, wish.note)


@frozen(kw_only=True)
class Tried:
    """One of many forks.

    Args:
        model: what it was asked of
        run: its id; empty where it could not be made
        state: the state it came to
        reason: why it ended; why it was parked or could not be made, where it is not over
        clicks: how many clicks it took
        diverges: the first click at which its planner says otherwise than the parent's did; None for nowhere
        tokens: tokens read and written
        milliseconds: active time
    """

    model: str
    run: str = ""
    state: str = ""
    reason: str = ""
    clicks: int = 0
    diverges: int | None = None
    tokens: int = 0
    milliseconds: int = 0


async def fork_many(
    address: str,
    wishes: Sequence[Wish],
    times: int,
    *,
    store: Store,
    told: Callable[[Tried], None] = lambda _tried: None,
    **options: Any,
) -> list[Tried]:
    """Make several forks of one click, one after the other; trouble with one keeps no other from being made.

    Args:
        address: the click
        wishes: what they are to have otherwise
        times: how many of each
        store: where they lie
        told: is given each as soon as it stands
        options: what else `fork` takes
    """
    made: list[Tried] = []
    for wish in wishes:
        for _ in range(times):
            made.append(await _tried(address, wish, store, options))
            told(made[-1])
    return made


async def _tried(address: str, wish: Wish, store: Store, options: Mapping[str, Any]) -> Tried:
    try:
        run = await fork(address, wish, store=store, **options)
    except (NotFound, UsageError, BadValue, ConfigError):
        raise  # the next one would meet the same
    except DetentError as trouble:
        return Tried(model=wish.model, state="parked", reason=trouble.message)
    usage = run.snapshot.usage
    return Tried(
        model=run.snapshot.spec.model,
        run=run.id,
        state=run.state,
        reason=run.reason or "",
        clicks=run.snapshot.seq,
        diverges=first_other_reply(store, run.id),
        tokens=usage.tokens,
        milliseconds=usage.milliseconds,
    )
