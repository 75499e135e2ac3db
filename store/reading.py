"""Reading one run: its clicks, its history, and the texts beside them.

Rules.  Nothing is given out that its digest does not fit.  No statement stays open between two answers: a reader that
holds a transaction lets the write-ahead log grow without end.  A fork reads through to its parent, up to its click.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field

from ..states.canonical import canonical
from ..states.errors import BadValue, IntegrityError, NotFound
from ..states.texts import Text
from .chain import as_text, shown, snapshot_digest
from .connection import Connection
from .migrations import FULL_EVERY
from .objects import checked
from .patches import merge
from .rows import restored
from .values import Placed, RunRecord, Settled, StoredClick, TimelineRow, Written

__all__ = ["Reader"]

_PAGE = 256  # rows read at once
_CLICKS = (
    "SELECT s.seq, s.state, s.event, s.event_body, s.body, g.body, g.digest, s.digest, s.chain, s.at, s.took"
    " FROM snapshot s JOIN object g ON g.id = s.guards WHERE s.run = ? AND s.seq >= ? AND s.seq < ? ORDER BY s.seq"
)
_WRITTEN = (
    "SELECT s.seq, s.state, s.event, s.event_body, s.body, g.body, s.digest, s.at"
    " FROM snapshot s JOIN object g ON g.id = s.guards WHERE s.run = ? AND s.seq >= ? AND s.seq < ? ORDER BY s.seq"
)


@define(eq=False)
class Reader:
    """What reads from one database.

    Args:
        connection: to it
    """

    connection: Connection
    _keys: dict[str, int] = field(factory=dict)

    def key(self, run: str) -> int:
        """A run's number in this database.

        Raises:
            NotFound: it is not here
        """
        found = self._keys.get(run)
        if found is None:
            row = self.connection.one("SELECT key FROM run WHERE id = ?", (run,))
            if row is None:
                raise NotFound(f"There is no run {run}.", "`detent runs` lists what is there.")
            found = self._keys[run] = int(row[0])
        return found

    def record(self, run: str) -> RunRecord:
        """What a run is."""
        row = self.connection.one(
            "SELECT r.key, r.name, o.kind, o.body, o.digest, r.goal, p.id, r.parent_seq, r.created, r.folder, r.origin"
            " FROM run r JOIN object o ON o.id = r.spec LEFT JOIN run p ON p.key = r.parent WHERE r.id = ?",
            (run,),
        )
        if row is None:
            raise NotFound(f"There is no run {run}.", "`detent runs` lists what is there.")
        key, name, kind, body, digest, goal, parent, parent_seq, created, folder, origin = row
        if (parent is None) != (parent_seq is None):
            raise IntegrityError(
                f"The parent of run {run} is not one.", "`detent verify` says what is damaged."
            )
        labels = self.connection.all("SELECT label FROM label WHERE run = ? ORDER BY label", (key,))
        return RunRecord(
            id=run,
            spec=checked(kind, body, digest, f"run {run}"),
            created=created,
            name=name,
            goal=goal,
            parent=None if parent is None else (parent, parent_seq),
            folder=folder,
            origin=_parsed(origin, f"The origin of run {run}"),
            labels=tuple(label for (label,) in labels),
        )

    def last(self, run: str) -> int:
        """The last click of a run."""
        (seq,) = self.connection.one("SELECT max(seq) FROM snapshot WHERE run = ?", (self.key(run),))
        if seq is None:
            raise IntegrityError(f"Run {run} has no clicks.", "`detent verify` says what else is damaged.")
        return int(seq)

    def has_chain(self, run: str, chain: str) -> bool:
        """Whether a click of the run has this chain."""
        rows = self.connection.all("SELECT chain FROM snapshot WHERE run = ?", (self.key(run),))
        return any(shown(one) == chain for (one,) in rows)

    def click(self, run: str, seq: int) -> StoredClick:
        """One click, whole.

        Raises:
            NotFound: there is none of that number
            IntegrityError: it is not what was written
        """
        for click in self.clicks(run, seq, seq + 1):
            return click
        last = self.last(run)
        if 0 <= seq <= last:
            raise _gap(run, seq)
        raise NotFound(f"Run {run} has no click {seq}.", f"Its clicks are 0 to {last}.")

    def suspect(self, run: str, seq: int) -> tuple[dict[str, Any], str]:
        """The body and the guards of a click as they lie there, proven by nothing: to say what was changed in it.

        Raises:
            NotFound: there is none of that number
            IntegrityError: it cannot even be read
        """
        key, start = self.key(run), seq - seq % FULL_EVERY
        rows = self.connection.all(_CLICKS, (key, start, seq + 1))
        if [row[0] for row in rows] != list(range(start, seq + 1)):
            raise _gap(run, seq)
        body: Mapping[str, Any] = {}
        for row in rows:
            patch = _parsed(row[4], f"The body of {run}@{row[0]}")
            body = merge(body, patch) if row[0] % FULL_EVERY else patch
        _, state, _, _, _, guards, _, _, _, at, _ = rows[-1]
        return restored(body, run, seq, at, state), str(guards)

    def clicks(self, run: str, start: int = 0, stop: int | None = None) -> Iterator[StoredClick]:
        """Clicks in order, whole; each costs the same however long the run is."""
        key, begin = self.key(run), max(0, start)
        place, end = begin - begin % FULL_EVERY, stop if stop is not None else 2**62
        body: Mapping[str, Any] | None = None
        while place < end:
            rows = self.connection.all(_CLICKS, (key, place, min(end, place + _PAGE)))
            for row in rows:
                if row[0] != place:
                    raise _gap(run, place)
                click, body = _folded(run, row, body, full=place >= begin)
                place += 1
                if click is not None:
                    yield click
            if len(rows) < _PAGE:
                return

    def written(self, run: str, start: int = 0, stop: int | None = None) -> Iterator[Written]:
        """Clicks in order as their rows have them, a page at a time."""
        key, place, end = self.key(run), start, stop if stop is not None else 2**62
        while place < end:
            rows = self.connection.all(_WRITTEN, (key, place, min(end, place + _PAGE)))
            for seq, state, event, told, body, guards, digest, at in rows:
                if seq != place:
                    raise _gap(run, place)
                full = seq % FULL_EVERY == 0
                yield Written(seq, state, event, told, body, guards, as_text(digest), at, full)
                place += 1
            if len(rows) < _PAGE:
                return

    def timeline(self, run: str, start: int = 0, stop: int | None = None) -> list[TimelineRow]:
        """Clicks in order, without their bodies."""
        rows = self.connection.all(
            "SELECT seq, state, event, event_body, digest, at, took FROM snapshot"
            " WHERE run = ? AND seq >= ? AND seq < ? ORDER BY seq",
            (self.key(run), start, stop if stop is not None else 2**62),
        )
        if rows and rows[-1][0] - max(0, start) + 1 != len(rows):
            raise _gap(run, next(seq for seq, row in enumerate(rows, max(0, start)) if row[0] != seq))
        try:
            return [
                TimelineRow(seq, state, event, event_body, f"sha256:{digest.hex()}", at, took)
                for seq, state, event, event_body, digest, at, took in rows
            ]
        except (AttributeError, TypeError) as error:
            raise IntegrityError(
                f"A row of run {run} cannot be read.", "`detent verify` lists all that is damaged."
            ) from error

    def forget(self, run: str) -> None:
        """Forget the number of a run that is gone."""
        self._keys.pop(run, None)

    def lineage(self, run: str) -> list[tuple[str, int]]:
        """A run and its forebears, each with the last click of it that counts."""
        ids = [(self._id(key), last) for key, last in self._keyed(run)]
        return [(run, self.last(run)), *ids[1:]]

    def _id(self, key: int) -> str:
        (found,) = self.connection.one("SELECT id FROM run WHERE key = ?", (key,))
        return str(found)

    def _keyed(self, run: str) -> Iterator[tuple[int, int]]:
        """The numbers of a run and its forebears, each with the last click that counts, read as they are asked for."""
        key: int | None = self.key(run)
        last = 2**62
        while key is not None:
            yield key, last
            parent, last = self.connection.one("SELECT parent, parent_seq FROM run WHERE key = ?", (key,))
            if parent is not None and not (type(parent) is int and type(last) is int and parent < key):
                raise IntegrityError(
                    f"The parent of run {run} is not one.", "`detent verify` says what is damaged."
                )
            key = parent

    def messages(
        self, run: str, start: int = 0, stop: int | None = None, *, seq: int | None = None, own: bool = False
    ) -> list[Placed]:
        """The history by place; a fork reads its parent's below itself."""
        end = stop if stop is not None else 2**62
        found: dict[int, Placed] = {}
        for index, (key, last) in enumerate(self._keyed(run)):
            if index and (own or len(found) == end - start):
                break
            bound = seq if index == 0 and seq is not None else last
            rows = self.connection.all(
                "SELECT m.position, m.seq, o.kind, o.body, o.digest FROM message m JOIN object o ON o.id = m.object"
                " WHERE m.run = ? AND m.position >= ? AND m.position < ? AND m.seq <= ?",
                (key, start, end, bound),
            )
            for position, by, kind, body, digest in rows:
                if position not in found:
                    found[position] = Placed(position, checked(kind, body, digest, run), by)
        return [found[position] for position in sorted(found)]

    def texts(
        self, run: str, seq: int | None = None, kind: str | None = None, *, start: int | None = None
    ) -> list[tuple[int, Text]]:
        """Texts that are no messages, oldest first; those inherited from a parent have -1 for their click."""
        made: list[list[tuple[int, Text]]] = []
        first = start if seq is None else seq
        for index, (key, last) in enumerate(self._keyed(run)):
            if index and first is not None:
                break
            rows = self.connection.all(
                "SELECT e.seq, o.kind, o.body, o.digest FROM extra e JOIN object o ON o.id = e.object"
                " WHERE e.run = ? AND e.seq >= ? AND e.seq <= ? AND (? IS NULL OR o.kind = ?)"
                " ORDER BY e.seq, e.place",
                (key, first or 0, last if seq is None else seq, kind, kind),
            )
            made.append(
                [
                    (-1 if index else by, checked(one, body, digest, f"run {run}@{by}"))
                    for by, one, body, digest in rows
                ]
            )
        return [one for texts in reversed(made) for one in texts]

    def decisions(self, run: str) -> list[Settled]:
        """Every gate that was settled, in order."""
        rows = self.connection.all(
            'SELECT gate, kind, seq, how, "by", at FROM decision WHERE run = ? ORDER BY seq, gate',
            (self.key(run),),
        )
        return [Settled(*row) for row in rows]


def _folded(
    run: str, row: tuple[Any, ...], before: Mapping[str, Any] | None, *, full: bool
) -> tuple[StoredClick | None, Mapping[str, Any]]:
    """A click of its row and the body before it; None in its place where only the body is wanted."""
    seq, state, event, event_body, stored, guards, guards_digest, digest, chain, at, took = row
    patch = _parsed(stored, f"The body of {run}@{seq}")
    body = patch if seq % FULL_EVERY == 0 else merge(before or {}, patch)
    if not full:
        return None, body
    whole = restored(body, run, seq, at, state)
    if snapshot_digest(_canonical(whole, run, seq)) != digest:
        raise IntegrityError(
            f"The snapshot {run}@{seq} is not what was written: it does not fit its digest {shown(digest)}.",
            "Nothing was changed; `detent verify` lists all that is damaged, and other runs can still be used.",
        )
    click = StoredClick(
        seq=seq,
        state=state,
        event=event,
        event_body=event_body,
        body=whole,
        guards=checked("guards", guards, guards_digest, f"{run}@{seq}").body,
        digest=as_text(digest),
        chain=as_text(chain),
        at=at,
        took=took,
    )
    return click, body


def _parsed(text: str, what: str) -> dict[str, Any]:
    try:
        made = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        made = None
    if type(made) is not dict:
        raise IntegrityError(f"{what} cannot be read.", "`detent verify` lists all that is damaged.")
    return made


def _canonical(body: Mapping[str, Any], run: str, seq: int) -> str:
    try:
        return canonical(body)
    except BadValue as error:
        raise IntegrityError(f"The snapshot {run}@{seq} cannot be read: {error.message}") from error


def _gap(run: str, seq: int) -> IntegrityError:
    return IntegrityError(
        f"Click {seq} of run {run} is missing.", "`detent verify` lists all that is damaged."
    )
