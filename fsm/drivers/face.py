"""The Python face: run, resume and settle runs.  The command line does exactly this and holds no logic of its own.

FAILED is a state, not an exception; a gate returns the Run; infrastructure trouble raises an error that has an
`exit_code`, and leaves the run parked.  No signal handler is installed here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from attrs import define, evolve

from ...states.canonical import check_text
from ...states.codec import decode_snapshot, spec_text
from ...states.errors import BadValue, UsageError
from ...states.events import Begun
from ...states.names import AtLimit
from ...states.snapshot import Snapshot
from ...states.spec import Spec
from ...states.texts import Text, text
from ...store import RunRecord, Store, new_run_id
from ..history import Message
from ..kernel import begin
from .assembly import prepare
from .clock import wall
from .ending import Ending
from .journal import Journal, first_click, load
from .loading import Definition
from .local import Driver, Watcher
from .memory import History
from .origin import apply_overrides, definition_of
from .places import database
from .prepared import Prepared
from .rules import parse_rule
from .views import answer_of, gate_views, run_view, usage_view
from .workflow import Workflow

__all__ = ["Run", "resume", "resume_sync", "run", "run_sync"]

MAX_GOAL = 1_000_000  # bytes of a goal and its material; more belongs in a file that a tool reads

OnDriver = Callable[[Driver], None]


@define
class Run:
    """A run as it stands.

    Args:
        store: where it lies
        snapshot: its head when the driver left it
        ending: how the driver left it
    """

    store: Store
    snapshot: Snapshot
    ending: Ending

    @property
    def id(self) -> str:
        """The run's id."""
        return self.snapshot.run

    @property
    def state(self) -> str:
        """The named state."""
        return self.snapshot.state.value

    @property
    def reason(self) -> str | None:
        """Why it ended."""
        return self.snapshot.reason or None

    @property
    def answer(self) -> str | None:
        """The answer, or a partial one; None if there is none."""
        return answer_of(self.store, self.snapshot)

    @property
    def gates(self) -> list[dict[str, Any]]:
        """The open gates."""
        return gate_views(self.store, self.snapshot)

    @property
    def usage(self) -> dict[str, int]:
        """What was spent, under the names of the limits."""
        return usage_view(self.snapshot)

    @property
    def exit_code(self) -> int:
        """What the command line would leave with."""
        return self.ending.exit_code

    def view(self) -> dict[str, Any]:
        """The run as `--json` prints it."""
        return run_view(self.store, self.snapshot, self.exit_code)

    def snapshots(self) -> Iterator[Snapshot]:
        """Every snapshot of the run, from the first."""
        spec = self.snapshot.spec
        for stored in self.store.clicks(self.id):
            yield decode_snapshot(stored.body, spec)

    async def resume(self, agent: Definition | None = None, **options: Any) -> Run:
        """Go on from the head; see `resume`."""
        return await resume(self.id, agent=agent, store=self.store, **options)


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
) -> Run:
    """Begin a run and drive it until it ends, or waits for a person.

    Args:
        agent: the agent or workflow
        goal: what it is asked for
        store: a Store, a path, or None for the usual database
        name: another address for the run
        folder: what its file tools see; the current folder if None
        at_limit: "ask" or "finish", unless the agent says
        yes: rules for calls that may pass unasked
        inputs: a workflow's first fields
        watcher: who is told what happens
        origin: what `resume` in another process finds its functions by
        script_folder: what a scripted model's file is relative to
        on_driver: is given the driver before it starts

    Raises:
        ModelUnavailable, ConfigError, UsageError, BadValue: nothing was written, or the run is parked
        StoreError: the disk failed; the run stands at its last commit
    """
    _check_goal(goal)
    place = Path(folder or Path.cwd()).resolve()
    rules = tuple(parse_rule(one) for one in yes)
    async with AsyncExitStack() as stack:
        prepared = await prepare(
            agent,
            stack=stack,
            folder=place,
            script_folder=script_folder or place,
            at_limit=AtLimit(at_limit),
            rules=rules,
        )
        opened = _opened(store)
        planner = _first_planner_state(agent, inputs)
        record = _record(name or agent.name, goal, prepared.spec, place, origin)
        journal = _begin(opened, record, prepared.spec, goal, planner)
        with opened.own(record.id):
            for rule in rules:
                opened.add_rule(record.id, str(rule), wall())
            return await _drive(journal, prepared, watcher, on_driver)


def _record(name: str, goal: str, spec: Spec, folder: Path, origin: Mapping[str, Any] | None) -> RunRecord:
    return RunRecord(
        id=new_run_id(),
        name=name,
        spec=spec_text(spec),
        goal=goal[:200],
        parent=None,
        created=wall(),
        folder=str(folder),
        origin=dict(origin or {}),
        labels=(),
    )


def _begin(store: Store, record: RunRecord, spec: Spec, goal: str, planner: Text | None) -> Journal:
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

    Raises:
        NotFound: there is no such run
        Busy: another driver owns it
        ModelUnavailable, ConfigError, StoreError: the run is parked where it was
    """
    opened = _opened(store)
    found = opened.find(run_id, str(Path(folder or Path.cwd()).resolve()))
    record = opened.record(found)
    with opened.own(found):
        journal = load(opened, found)
        if not journal.head.state.live:
            return Run(opened, journal.head, Ending(journal.head))
        spec = journal.head.spec
        file: Path | None = None
        if agent is None:
            agent, file = definition_of(record.origin, spec, found)
            agent = apply_overrides(agent, record.origin.get("overrides", {}))
        place = Path(record.folder)
        for rule in yes:
            opened.add_rule(found, str(parse_rule(rule)), wall())
        async with AsyncExitStack() as stack:
            prepared = await prepare(
                agent,
                stack=stack,
                folder=place,
                script_folder=script_folder or (file.parent if file else place),
                stored=spec,
                rules=tuple(parse_rule(one) for one in opened.rules(found)),
            )
            return await _drive(journal, prepared, watcher, on_driver)


async def _drive(
    journal: Journal, prepared: Prepared, watcher: Watcher | None, on_driver: OnDriver | None
) -> Run:
    driver = Driver(journal, prepared, watcher or Watcher())
    if on_driver:
        on_driver(driver)
    ending = await driver.drive()
    if ending.trouble is not None:
        raise _located(ending, journal)
    return Run(journal.store, ending.snapshot, ending)


def _located(ending: Ending, journal: Journal) -> Exception:
    """The trouble that parked a run, with the way to go on."""
    trouble = ending.trouble
    if trouble is None:
        raise ValueError(ending)
    short = journal.head.run[:6]
    saved = f"Everything up to click {journal.head.seq} is saved: go on with  detent resume {short}."
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
        made: Run = asyncio.run(make())
        return made
    raise UsageError(
        f"{name} cannot be called where a loop is running.", f"Write  await {instead}(...)  there."
    )


def _opened(store: Store | str | Path | None) -> Store:
    if isinstance(store, Store):
        return store
    return Store.open(Path(store) if store is not None else database())


def _check_goal(goal: str) -> None:
    check_text(goal)
    size = len(goal.encode())
    if size > MAX_GOAL:
        raise BadValue(
            f"The goal has {size:,} bytes; at most {MAX_GOAL:,} are taken.",
            "Put the material into a file, and let a tool read it.",
        )
