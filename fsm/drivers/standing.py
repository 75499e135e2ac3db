"""A run as it stands: what the Python face gives back, and what can be asked of it afterwards.

It reads the database when it is asked, so it holds nothing open that it was not given open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, field

from ...states.codec import decode_snapshot
from ...states.snapshot import Snapshot
from ...store import Store
from .ending import Ending
from .loading import Definition
from .places import database
from .settle import decide, gates_meant
from .views import answer_of, gate_views, run_view, usage_view

if TYPE_CHECKING:
    from .branching import Wish
    from .replaying import Replayed

__all__ = ["Run", "diff", "home", "opened"]


@define
class Run:
    """A run as it stands.

    Args:
        store: where it lies: the Store that was given, or the path of its database
        snapshot: its head when the driver left it
        ending: how the driver left it
        notices: what was said of it on the way: what the agent says otherwise now, and the like
    """

    store: Store | Path
    snapshot: Snapshot
    ending: Ending
    notices: tuple[str, ...] = ()
    _begun_with: Mapping[str, Any] = field(factory=dict, repr=False)

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
        with opened(self.store, "read") as store:
            return answer_of(store, self.snapshot)

    @property
    def gates(self) -> list[dict[str, Any]]:
        """The open gates."""
        with opened(self.store, "read") as store:
            return gate_views(store, self.snapshot)

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
        with opened(self.store, "read") as store:
            return run_view(store, self.snapshot, self.exit_code)

    def snapshots(self) -> Iterator[Snapshot]:
        """Every snapshot of the run, from the first."""
        with opened(self.store, "read") as store:
            for stored in store.clicks(self.id):
                yield decode_snapshot(stored.body, self.snapshot.spec)

    def at(self, seq: int = -1) -> dict[str, Any]:
        """A click whole, as `show --json` has it.

        Args:
            seq: the click; -1 is the last, -2 the one before

        Raises:
            NotFound: there is none of that number
        """
        from .views import click_view  # noqa: PLC0415 - most runs are not looked into

        with opened(self.store, "read") as store:
            return click_view(store, self.id, self._seq(store, seq))

    def why(self, seq: int = -1) -> dict[str, Any]:
        """Why a click went where it went, as `why --json` has it.

        Args:
            seq: the click, from 1; -1 is the last

        Raises:
            NotFound: there is none of that number, or it is click 0
        """
        from .explaining import explain  # noqa: PLC0415

        with opened(self.store, "read") as store:
            return explain(store, self.id, self._seq(store, seq))

    def replay(self, seq: int | None = None) -> Replayed:
        """Step the stored events again and compare every snapshot; calls no model and no tool, writes nothing.

        Args:
            seq: up to this click; None is all

        Raises:
            IntegrityError: what is stored is damaged
        """
        from .replaying import replay  # noqa: PLC0415

        with opened(self.store, "read") as store:
            return replay(store, self.id, seq)

    async def fork(self, seq: int = -1, wish: Wish | None = None, **options: Any) -> Run:
        """A new run from a click of this one; see `fork`.  Without an agent: with the one this run was begun with."""
        from .branching import fork  # noqa: PLC0415

        with opened(self.store, "read") as store:
            address = f"{self.id}@{self._seq(store, seq)}"
        known = {} if "agent" in options else dict(self._begun_with)
        return await fork(address, wish, store=self.store, **{**known, **options})

    def _seq(self, store: Store, seq: int) -> int:
        return seq if seq >= 0 else store.last(self.id) + 1 + seq

    def decide(self, how: str, said: str = "", *, gate: str | None = None) -> None:
        """Settle an open gate, as the deciding verbs do; then go on with `resume`.

        Args:
            how: approve, deny, edit, answer, happened, failed, or did_not_happen
            said: the reason, the answer, the result, or the edited arguments as JSON
            gate: which, by its id; the only one if None

        Raises:
            UsageError: the gate is not open, or cannot be settled that way
            BadValue: edited arguments that do not fit
        """
        with opened(self.store) as store:
            head, (meant, *_) = gates_meant(store, self.id, gate, every=False)
            decide(store, head, meant, how, said)

    async def resume(self, agent: Definition | None = None, **options: Any) -> Run:
        """Go on from the head; see `resume`.  Without an agent: with the one it was begun with."""
        from .face import resume  # noqa: PLC0415 - the face makes these

        known = dict(self._begun_with) if agent is None else {"agent": agent}
        return await resume(self.id, store=self.store, **{**known, **options})


def diff(one: Run | tuple[Run, int], other: Run | tuple[Run, int]) -> dict[str, Any]:
    """Two runs of one database, or two clicks, side by side from where they part, as `diff --json` has it.

    Args:
        one: a run as it stands, or a run and a click of it
        other: another, or the same run at another click

    Raises:
        NotFound: there is no such run or click
    """
    from .differing import compare  # noqa: PLC0415 - most runs are not compared

    run = one[0] if isinstance(one, tuple) else one
    with opened(run.store, "read") as store:
        places = [
            (meant[0].id, meant[1]) if isinstance(meant, tuple) else (meant.id, store.last(meant.id))
            for meant in (one, other)
        ]
        return compare(store, places[0], places[1])


@contextmanager
def opened(store: Store | str | Path | None, mode: Literal["read", "write"] = "write") -> Iterator[Store]:
    """The store that is meant; one that is opened here is closed again."""
    if isinstance(store, Store):
        yield store
        return
    with Store.open(Path(store) if store is not None else database(), mode=mode) as made:
        if made.notices:
            import logging  # noqa: PLC0415 - there is seldom anything to say

            for notice in made.notices:
                logging.getLogger("detent").warning(notice)
        yield made


def home(store: Store | str | Path | None, used: Store) -> Store | Path:
    """Where a run is looked up later: a store that was opened here is closed by then."""
    return store if isinstance(store, Store) else used.path.absolute()
