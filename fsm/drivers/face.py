"""The Python face: run, resume and settle runs.  The command line does exactly this and holds no logic of its own.

FAILED is a state, not an exception; a gate returns the Run; infrastructure trouble raises an error that has an
`exit_code`, and leaves the run parked.  No signal handler is installed here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from attrs import evolve

from ...states.canonical import check_text
from ...states.codec import spec_text
from ...states.errors import BadValue, DetentError, NotFound, UsageError
from ...states.events import Begun
from ...states.names import AtLimit
from ...states.snapshot import Snapshot
from ...states.spec import Spec
from ...states.texts import Text, text
from ...store import RunRecord, Store
from ..history import Message
from ..kernel import Transition, begin
from .agent import Agent
from .assembly import changed, prepare
from .children import Child, Children, caller_of, identity
from .clock import wall
from .ending import Ending
from .journal import Journal, first_click, load
from .loading import Definition
from .local import HASTE, Driver, Watcher
from .marked import marked
from .memory import History
from .origin import apply_overrides, check_own, definition_of
from .prepared import Prepared
from .recordings import Mode, recordings_of
from .rules import Rule, check_rule, parse_rule
from .standing import Run, home, opened
from .taking_over import stopped, taken_over
from .tasks import leave_all_behind
from .workflow import Workflow

__all__ = ["Run", "resume", "resume_sync", "run", "run_sync"]

SHORT = 200  # characters of a goal that lists show
MAX_GOAL = 1_000_000  # bytes of a goal and its material; more belongs in a file that a tool reads

OnDriver = Callable[[Driver], None]


async def run(
    agent: Definition,
    goal: str = "",
    *,
    store: Store | str | Path | None = None,
    name: str = "",
    folder: str | Path | None = None,
    at_limit: str = "finish",
    yes: Sequence[str] = (),
    inputs: Mapping[str, Any] | None = None,
    watcher: Watcher | None = None,
    origin: Mapping[str, Any] | None = None,
    script_folder: Path | None = None,
    on_driver: OnDriver | None = None,
    child: Child | None = None,
) -> Run:
    """Begin a run and drive it until it ends, or waits for a person.

    Args:
        agent: the agent or workflow
        goal: what it is asked for
        store: a Store, a path, or None for the usual database; runs at once that are given one Store share its commits
        name: another address for the run
        folder: what its file tools see; the current folder if None
        at_limit: "ask" or "finish", unless the agent says
        yes: rules for calls that may pass unasked
        inputs: a workflow's first fields
        watcher: who is told what happens
        origin: what `resume` in another process finds its functions by
        script_folder: what a scripted model's file is relative to
        on_driver: is given the driver before it starts
        child: what makes it the child run of a call; see `Context.child`

    Raises:
        ModelUnavailable, ConfigError, UsageError, BadValue: nothing was written, or the run is parked
        StoreError: the disk failed; the run stands at its last commit
    """
    _check_goal(agent, goal)
    place, watcher, rules = _folder(folder), watcher or Watcher(), tuple(map(parse_rule, yes))
    first, scripts = _first_planner_state(agent, inputs), script_folder or place
    async with AsyncExitStack() as stack:
        stack.enter_context(marked())
        prepared = await prepare(
            agent,
            stack=stack,
            folder=place,
            script_folder=scripts,
            at_limit=_at_limit(at_limit),
            rules=rules,
            notice=watcher.notice,
        )
        _check_rules(rules, prepared.spec)
        used = stack.enter_context(opened(store))
        run_id, origin = identity(child, origin or {})
        journal = _begin(used, prepared, goal, first, run_id=run_id, name=name or agent.name, origin=origin)
        prepared.children = _children(used, agent, scripts, watcher, child)
        _hold(stack, used, journal.head, rules)
        stack.push_async_callback(prepared.children.leave, HASTE)
        made = await _drive(journal, prepared, watcher, on_driver)
    return evolve(made, store=home(store, used), begun_with={} if origin else _with(agent, scripts))


def _with(agent: Definition, scripts: Path) -> dict[str, Any]:
    """What a run that came from no file goes on with."""
    return {"agent": agent, "script_folder": scripts}


def _hold(stack: AsyncExitStack, store: Store, head: Snapshot, rules: Sequence[Rule]) -> None:
    """Hold a new run as its first driver, with its rules."""
    stack.enter_context(store.own(head.run))
    for rule in rules:
        store.add_rule(head.run, str(rule), wall())
    stack.enter_context(taken_over(store, head))


def _begin(
    store: Store,
    prepared: Prepared,
    goal: str,
    planner: Text | None,
    *,
    run_id: str,
    name: str,
    origin: Mapping[str, Any],
) -> Journal:
    """Write a new run with its click 0."""
    spec = prepared.spec
    record = RunRecord(
        id=run_id,
        name=name,
        spec=spec_text(spec),
        goal=goal[:SHORT],
        created=wall(),
        folder=str(prepared.folder),
        origin=dict(origin),
    )
    snapshot = begin(spec, record.id, record.created)
    if planner is not None:
        snapshot = evolve(snapshot, planner=planner.digest)
    first = Message(0, text("goal", goal))
    event = Begun(run=record.id, at=record.created, spec=spec.digest, goal=first.text.digest)
    branch = store.begin(record, first_click(snapshot, event, [first], (planner,) if planner else ()))
    history = History(store, record.id, 0, fresh=True)
    history.add([first], snapshot.history)
    if planner is not None:
        history.remember_planner(planner)
    return Journal(store, branch, snapshot, history)


def _first_planner_state(agent: Definition, inputs: Mapping[str, Any] | None) -> Text | None:
    if isinstance(agent, Workflow):
        return agent.graph().first_state(agent.first_state(inputs or {}))
    if inputs:
        raise UsageError("An agent takes no inputs.", "Only workflows have  --set.")
    return None


async def resume(
    run_id: str,
    *,
    agent: Definition | None = None,
    store: Store | str | Path | None = None,
    yes: Sequence[str] = (),
    watcher: Watcher | None = None,
    on_driver: OnDriver | None = None,
    folder: str | Path | None = None,
    script_folder: Path | None = None,
    again: bool = False,
    take_over: bool = False,
    child: Child | None = None,
) -> Run:
    """Go on with a run from its head.

    Args:
        run_id: its id, or an unambiguous beginning, a name, or `last`
        agent: its functions; None loads the file it began with
        store: a Store, a path, or None for the usual database
        yes: more rules for calls that may pass unasked
        watcher: who is told what happens
        on_driver: is given the driver before it starts
        folder: what `last` is relative to; the current folder if None
        script_folder: what a scripted model's file is relative to
        again: go on though its drivers were ended at this click again and again
        take_over: stop whoever drives it first; one that is frozen, or does not answer for twelve seconds, is killed
        child: what makes it the child run of a call; without it a child's caller goes on, and the child with it

    Raises:
        NotFound: there is no such run
        Busy: another driver owns it, or cannot be stopped
        ModelUnavailable, ConfigError, StoreError: the run is parked where it was
        InternalError: a bug, or its drivers were ended at this click again and again; it is parked
    """
    begun_with = {} if agent is None else {"agent": agent, "script_folder": script_folder}
    new = tuple(parse_rule(one) for one in yes)
    with opened(store) as used:
        found = used.find(run_id, str(Path(folder or Path.cwd()).resolve()))
        if child is None:
            found = caller_of(used, found)
        watcher = watcher or Watcher()
        with await stopped(used, found, watcher.notice) if take_over else used.own(found):
            journal = load(used, found)
            made = Run(used, journal.head, Ending(journal.head))
            if journal.head.state.live:
                _check_rules(new, journal.head.spec)
                with taken_over(used, journal.head, again=again):
                    known = _known(journal, agent, script_folder)
                    made = await _go_on(
                        journal, *known, new, watcher=watcher, on_driver=on_driver, child=child
                    )
    return evolve(made, store=home(store, used), begun_with=begun_with)


def _children(
    store: Store, agent: Definition, scripts: Path, watcher: Watcher, child: Child | None
) -> Children:
    """What begins the child runs of a run, and goes on with them; a person is told of them by the run that calls."""

    async def drive(definition: Definition, goal: str, below: Child) -> Snapshot:
        call = below.origin["caller"]["call"]

        def click(made: Transition, _took: int) -> None:
            watcher.progress(call, f"child run {below.run[:6]}: {made.after.state.value}")

        own = Watcher(click=click, notice=watcher.notice)
        if below.fresh:
            place = store.record(below.origin["caller"]["run"]).folder
            made = await run(
                definition,
                goal,
                store=store,
                folder=place,
                watcher=own,
                script_folder=scripts,
                child=below,
            )
        else:
            made = await resume(
                below.run, agent=definition, store=store, watcher=own, script_folder=scripts, child=below
            )
        return made.snapshot

    return Children(store, drive, child.ancestors if child else (agent,))


def _known(journal: Journal, agent: Definition | None, script_folder: Path | None) -> tuple[Definition, Path]:
    """A stored run's functions, found again, and what a scripted model's file is relative to."""
    head = journal.head
    record = journal.store.record(head.run)
    file: Path | None = None
    if agent is None:
        check_own(record)
        agent, file = definition_of(record.origin, head.spec, head.run)
    agent = apply_overrides(agent, record.origin.get("overrides", {}))
    return agent, script_folder or (file.parent if file else Path(record.folder))


async def _go_on(
    journal: Journal,
    agent: Definition,
    scripts: Path,
    new: tuple[Rule, ...],
    *,
    watcher: Watcher,
    on_driver: OnDriver | None,
    child: Child | None,
) -> Run:
    """Drive a stored run."""
    store, head = journal.store, journal.head
    _check_rules(new, head.spec)
    recordings = recordings_of(store, head.run)
    async with AsyncExitStack() as stack:
        stack.enter_context(marked())
        prepared = await prepare(
            agent,
            stack=stack,
            folder=Path(store.record(head.run).folder),
            script_folder=scripts,
            stored=head.spec,
            asking=recordings is not None and recordings.mode is Mode.ASK,
            rules=(*(parse_rule(one) for one in store.rules(head.run)), *new),
            notice=watcher.notice,
        )
        prepared.children = _children(store, agent, scripts, watcher, child)
        stack.push_async_callback(prepared.children.leave, HASTE)
        prepared.recordings = recordings
        for rule in new:
            store.add_rule(head.run, str(rule), wall())
        notices = _notices(head, changed(head.spec, agent, prepared.toolbox))
        for notice in notices:
            watcher.notice(notice)
        return evolve(await _drive(journal, prepared, watcher, on_driver), notices=notices)


def _notices(head: Snapshot, differing: Sequence[str]) -> tuple[str, ...]:
    """One line of what the agent says otherwise now, and how to use that."""
    if not differing:
        return ()
    short, what = head.run[:6], ", ".join(differing)
    said = f"The agent's {what} changed since run {short} began; it goes on with what was agreed."
    return (f"{said} To use what is new:  detent fork {short}@{head.seq}",)


async def _drive(journal: Journal, prepared: Prepared, watcher: Watcher, on_driver: OnDriver | None) -> Run:
    driver = Driver(journal, prepared, watcher)
    if on_driver:
        on_driver(driver)
    ending = await driver.drive()
    if ending.trouble is not None:
        raise _located(ending.trouble, ending.snapshot) from ending.trouble
    return Run(journal.store, ending.snapshot, ending)


def _located(trouble: DetentError, head: Snapshot) -> DetentError:
    """The trouble that parked a run, with the way to go on."""
    short = head.run[:6]
    saved = f"Everything up to click {head.seq} is saved: go on with  detent resume {short}."
    return type(trouble)(trouble.message, f"{trouble.hint} {saved}".strip())


def run_sync(agent: Definition, goal: str = "", **options: Any) -> Run:
    """`run`, for code that is not asynchronous; takes the same arguments.

    Raises:
        UsageError: a loop is already running here
    """
    return _sync(lambda: run(agent, goal, **options), "run_sync", "run")


def resume_sync(run_id: str, **options: Any) -> Run:
    """`resume`, for code that is not asynchronous; takes the same arguments.

    Raises:
        UsageError: a loop is already running here
    """
    return _sync(lambda: resume(run_id, **options), "resume_sync", "resume")


def _sync(make: Callable[[], Any], name: str, instead: str) -> Run:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _alone(make())
    raise UsageError(
        f"{name} cannot be called where a loop is running.", f"Write  await {instead}(...)  there."
    )


def _alone(work: Coroutine[Any, Any, Run]) -> Run:
    """Do it on a loop of its own; what tools leave there holds nobody up."""
    with asyncio.Runner() as runner:
        try:
            return runner.run(work)
        finally:
            runner.run(leave_all_behind(HASTE))


def _folder(given: str | Path | None) -> Path:
    place = Path(given or Path.cwd()).resolve()
    if not place.is_dir():
        raise NotFound(f"There is no folder {place}.", "Make it, or name another.")
    return place


def _check_rules(rules: Sequence[Rule], spec: Spec) -> None:
    for rule in rules:
        check_rule(rule, spec)


def _at_limit(written: str) -> AtLimit:
    try:
        return AtLimit(written)
    except ValueError:
        raise UsageError(f"at_limit={written!r} is neither ask nor finish.", "Give one of the two.") from None


def _check_goal(agent: Definition, goal: str) -> None:
    if isinstance(agent, Agent) and not goal.strip():
        raise UsageError("There is no goal.", "Say what the agent is to do.")
    size = len(check_text(goal).encode())
    if size > MAX_GOAL:
        raise BadValue(
            f"The goal has {size:,} bytes; at most {MAX_GOAL:,} are taken.",
            "Put the material into a file, and let a tool read it.",
        )
