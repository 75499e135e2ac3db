"""The one home of Hypothesis strategies: specs, runs, snapshots and events.

Rules: a new kind of value gets its strategy here; what an event must look like to be legal is `moves.py`'s business.
"""

from __future__ import annotations

from attrs import evolve, fields
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from detent.fsm.kernel import begin, step
from detent.states.calls import Proposal
from detent.states.events import EVENTS, Begun, Cancelled, Event, Forked, PlanMade, PlanRefused
from detent.states.limits import Limits, Spent
from detent.states.names import Approval, AtLimit, Effect, PlanKind, Ran, Resolution, State
from detent.states.snapshot import Snapshot
from detent.states.spec import ModelOptions, Spec, ToolSpec
from detent.states.texts import Edit
from tests.moves import illegal_events, legal_events

__all__ = [
    "changed",
    "default_specs",
    "digests",
    "events",
    "illegal",
    "jsons",
    "legal",
    "runs",
    "small_limits",
    "small_specs",
    "snapshots",
    "spents",
    "texts",
    "tools",
    "waiting",
]

NAMES = ("a", "b", "c", "d")
START = 1_000  # the time a drawn run begins, milliseconds

digests: SearchStrategy[str] = st.sampled_from(["", "r0", "r1", "sha256:ab"])
texts: SearchStrategy[str] = st.text(st.characters(codec="utf-8"), max_size=20)
jsons: SearchStrategy[object] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
spents: SearchStrategy[Spent] = st.builds(
    Spent,
    tokens=st.integers(0, 40),
    money=st.integers(0, 40),
    milliseconds=st.sampled_from([0, 0, 0, 900, 400_000]),
)
small_limits: SearchStrategy[Limits] = st.builds(
    Limits,
    model_turns=st.integers(1, 6),
    tool_calls=st.integers(0, 6),
    calls_per_turn=st.integers(1, 4),
    repairs=st.integers(0, 2),
    extensions=st.integers(0, 2),
    notes=st.integers(0, 3),
    loop_gates=st.integers(0, 2),
    loop_window=st.integers(2, 3),
    wall_seconds=st.sampled_from([1, 600]),
    tokens=st.none() | st.integers(1, 100),
    money=st.none() | st.integers(1, 100),
    gate_seconds=st.none() | st.integers(1, 2),
)


@st.composite
def tools(draw: st.DrawFn, name: str, others: tuple[str, ...] = ()) -> ToolSpec:
    """A tool of any policy; `others` are what it may fall back to."""
    return ToolSpec(
        name=name,
        effect=draw(st.sampled_from(Effect)),
        approval=draw(st.sampled_from(Approval)),
        attempts=draw(st.integers(1, 3)),
        fallback=tuple(draw(st.lists(st.sampled_from(others), max_size=2, unique=True)) if others else ()),
        parallel=draw(st.booleans()),
        calls=draw(st.sampled_from([0, 0, 0, 1, 2])),
    )


@st.composite
def small_specs(draw: st.DrawFn, limits: SearchStrategy[Limits] = small_limits) -> Spec:
    """A spec of up to four tools with everything a kernel looks at in play."""
    names = NAMES[: draw(st.integers(0, len(NAMES)))]
    listed = (draw(tools(name, tuple(one for one in names if one != name))) for name in names)
    return Spec(
        planner=draw(st.sampled_from(["model", "model", "workflow"])),
        tools=tuple(listed),
        limits=draw(limits),
        at_limit=draw(st.sampled_from(AtLimit)),
        ask_person=draw(st.booleans()),
        plans=draw(st.sampled_from([0, 0, 0, 1, 3])),
        options=ModelOptions(
            num_ctx=draw(st.none() | st.integers(1, 9)), think=draw(st.none() | st.booleans())
        ),
        instructions=draw(texts),
    )


@st.composite
def changed(draw: st.DrawFn, spec: Spec) -> Spec:
    """What a fork may agree to: the same, the same with tools gone or raised, or something else altogether."""
    if draw(st.booleans()):
        return draw(st.sampled_from([spec]) | small_specs())
    kept = draw(st.sets(st.sampled_from([tool.name for tool in spec.tools]))) if spec.tools else set()
    tools_left = (
        evolve(
            tool,
            fallback=tuple(name for name in tool.fallback if name in kept),
            version=draw(st.integers(1, 2)),
        )
        for tool in spec.tools
        if tool.name in kept
    )
    return evolve(spec, tools=tuple(tools_left))


def default_specs() -> SearchStrategy[Spec]:
    """A spec with the limits that a person gets who says nothing."""
    return small_specs(limits=st.just(Limits()))


def legal(snapshot: Snapshot, *, width: int = 2) -> SearchStrategy[Event]:
    """A legal event of a live snapshot."""
    return st.sampled_from(list(legal_events(snapshot, width=width, results=2)))


def illegal(snapshot: Snapshot) -> SearchStrategy[Event]:
    """An event that the snapshot must refuse."""
    return st.sampled_from(list(illegal_events(snapshot)))


@st.composite
def runs(
    draw: st.DrawFn, specs: SearchStrategy[Spec] | None = None, *, most: int = 30
) -> tuple[Snapshot, tuple[Event, ...]]:
    """A run: its first snapshot, and events that it took one after the other, up to `most`."""
    spec = draw(small_specs() if specs is None else specs)
    first = snapshot = begin(spec, "r", START)
    took: list[Event] = []
    for _ in range(draw(st.integers(0, most))):
        if not snapshot.state.live:
            break
        event = draw(_unhurried(snapshot))
        took.append(event)
        snapshot = step(snapshot, event)
    return first, tuple(took)


def _unhurried(snapshot: Snapshot) -> SearchStrategy[Event]:
    """A legal event, seldom one that ends the run or refuses a reply, so that runs get somewhere."""
    listed = list(legal_events(snapshot, width=2, results=2))
    going = [event for event in listed if not _ending(event)]
    return st.sampled_from(going * 3 + listed)


def _ending(event: Event) -> bool:
    if isinstance(event, PlanMade):
        return event.kind in (PlanKind.ANSWER, PlanKind.GIVE_UP)
    return isinstance(event, Cancelled | PlanRefused)


@st.composite
def snapshots(draw: st.DrawFn, specs: SearchStrategy[Spec] | None = None, *, most: int = 30) -> Snapshot:
    """A snapshot that some run reaches."""
    first, took = draw(runs(specs, most=most))
    for event in took:
        first = step(first, event)
    return first


proposed: SearchStrategy[Proposal] = st.builds(
    Proposal, tool=digests, arguments=digests, asks=st.booleans(), rule=digests
)
edits: SearchStrategy[Edit] = st.builds(Edit, position=st.integers(0, 2**40), text=digests)
_FIELDS: dict[str, SearchStrategy[object]] = {
    "bool": st.booleans(),
    "int": st.integers(0, 2**40),
    "str": texts,
    "PlanKind": st.sampled_from(PlanKind),
    "Ran": st.sampled_from(Ran),
    "Resolution": st.sampled_from(Resolution),
    "Spent": spents,
    "tuple[Proposal, ...]": st.lists(proposed, max_size=3).map(tuple),
    "tuple[Edit, ...]": st.lists(edits, max_size=2).map(tuple),
}


def events() -> SearchStrategy[Event]:
    """Any event of any kind, whether a run could take it or not."""
    kinds = (*EVENTS, Begun, Forked)
    return st.one_of(
        *(st.builds(kind, **{one.name: _FIELDS[str(one.type)] for one in fields(kind)}) for kind in kinds)
    )


def waiting(specs: SearchStrategy[Spec] | None = None) -> SearchStrategy[Snapshot]:
    """A live snapshot that waits for a person."""
    return snapshots(specs).filter(lambda one: one.state is State.AWAITING_APPROVAL)
