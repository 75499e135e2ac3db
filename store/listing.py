"""Runs: the list of them, and which one an address means."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from attrs import define

from ..states.errors import NotFound
from .connection import Connection
from .patches import merge
from .values import Counts, Related, RunSummary

__all__ = ["Lister"]

_SHOWN = 5  # candidates an error names
_LIST = (
    "SELECT r.key, r.id, r.name, r.goal, r.folder, r.created, p.id, r.parent_seq, s.state, s.seq, s.at"
    " FROM run r JOIN snapshot s ON s.run = r.key AND s.seq = (SELECT max(seq) FROM snapshot WHERE run = r.key)"
    " LEFT JOIN run p ON p.key = r.parent"
    " WHERE (? IS NULL OR r.folder = ?) AND (? IS NULL OR s.state = ?)"
    " AND (? IS NULL OR EXISTS (SELECT 1 FROM label WHERE run = r.key AND label = ?))"
    " ORDER BY r.key DESC LIMIT ?"
)
_COUNTS = (
    "SELECT (SELECT count(*) FROM run WHERE ? IN (0, key)), (SELECT count(*) FROM snapshot WHERE ? IN (0, run)),"
    " (SELECT count(*) FROM message WHERE ? IN (0, run)) + (SELECT count(*) FROM extra WHERE ? IN (0, run))"
)
_LINKS = (
    "SELECT r.key, r.id, coalesce(r.parent, c.key) FROM run r"
    " LEFT JOIN run c ON c.id = json_extract(r.origin, '$.caller.run')"
)
_RELATED = (
    "SELECT r.id, p.id, r.parent_seq, r.origin FROM run r LEFT JOIN run p ON p.key = r.parent"
    " WHERE r.key IN (SELECT value FROM json_each(?)) ORDER BY r.key"
)


@define(eq=False)
class Lister:
    """What lists and finds runs.

    Args:
        connection: to their database
    """

    connection: Connection

    def runs(
        self, limit: int = 100, folder: str | None = None, state: str | None = None, label: str | None = None
    ) -> list[RunSummary]:
        """The newest runs first."""
        wanted = (folder, folder, state, state, label, label, limit)
        return [self._summary(row) for row in self.connection.all(_LIST, wanted)]

    def counts(self, key: int | None) -> Counts:
        """How much there is of one run, or of all."""
        row = self.connection.one(_COUNTS, (key or 0,) * 4)
        return Counts(*row) if row is not None else Counts(0, 0, 0)

    def _summary(self, row: tuple[Any, ...]) -> RunSummary:
        key, run, name, goal, folder, created, parent, parent_seq, state, seq, at = row
        patches = self.connection.all(
            "SELECT body FROM snapshot WHERE run = ? AND seq >= ? ORDER BY seq", (key, seq - seq % 16)
        )
        body: dict[str, Any] = {}
        for (patch,) in patches:
            with contextlib.suppress(
                ValueError, TypeError, AttributeError
            ):  # a list is no proof; `verify` tells
                body = merge(body, json.loads(patch))
        labels = self.connection.all("SELECT label FROM label WHERE run = ? ORDER BY label", (key,))
        return RunSummary(
            id=run,
            name=name,
            goal=goal,
            folder=folder,
            created=created,
            parent=None if parent is None else (parent, parent_seq),
            state=state,
            seq=seq,
            at=at,
            reason=body.get("reason", ""),
            usage=body.get("usage", {}),
            gates=tuple(sorted(body.get("gates", {}))),
            labels=tuple(label for (label,) in labels),
        )

    def related(self, run: str) -> list[Related]:
        """All runs above and below a run, forks and child runs, oldest first."""
        rows = self.connection.all(_RELATED, (json.dumps(self._family(run)),))
        return [
            Related(one, None if parent is None else (parent, seq), json.loads(origin))
            for one, parent, seq, origin in rows
        ]

    def _family(self, run: str) -> list[int]:
        """The numbers of all runs above and below a run."""
        above: dict[int, int] = {}
        below: dict[int, list[int]] = {}
        found: list[int] = []
        for key, one, over in self.connection.all(_LINKS):
            if over is not None:
                above[key] = over
                below.setdefault(over, []).append(key)
            if one == run:
                found = [key]
        while found and found[0] in above:
            found = [above.pop(found[0])]
        for key in found:  # it grows meanwhile
            found += below.get(key, ())
        return found

    def find(self, address: str, folder: str | None = None) -> str:
        """The run an address means: an id, a name (the newest has it), `last` of a folder, or a unique prefix.

        Raises:
            NotFound: it means none, or several
        """
        if address == "last":
            return self._last(folder)
        for sql in (
            "SELECT id FROM run WHERE id = ?",
            "SELECT id FROM run WHERE name = ? AND name <> '' ORDER BY key DESC LIMIT 1",
        ):
            row = self.connection.one(sql, (address,))
            if row is not None:
                return str(row[0])
        return self._prefixed(address)

    def _last(self, folder: str | None) -> str:
        row = self.connection.one(
            "SELECT id FROM run WHERE ? IS NULL OR folder = ? ORDER BY key DESC LIMIT 1", (folder, folder)
        )
        if row is None:
            where = f" in {folder}" if folder else ""
            raise NotFound(f"No run was started{where} yet.", "`detent runs` lists what is there.")
        return str(row[0])

    def _prefixed(self, address: str) -> str:
        start = address.lower()
        rows = self.connection.all(
            "SELECT id FROM run WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (start, start + "~", _SHOWN + 1),
        )
        found = [run for (run,) in rows] if address else []
        if len(found) == 1:
            return str(found[0])
        if found:
            more = " and more" if len(found) > _SHOWN else ""
            raise NotFound(
                f"{address} may mean {', '.join(found[:_SHOWN])}{more}.",
                "Write a few more characters of the id.",
            )
        close = self._close(address)
        hint = f"Close to it: {', '.join(close)}." if close else "`detent runs` lists what is there."
        raise NotFound(f"No run has the id or the name {address!r}.", hint)

    def _close(self, address: str) -> list[str]:
        """Ids and names that a slip of the hand may have meant."""
        import difflib  # noqa: PLC0415 - only for an error

        rows: list[tuple[str, str]] = self.connection.all(
            "SELECT id, name FROM run ORDER BY key DESC LIMIT 1000"
        )
        names: list[str] = [name for _, name in rows if name]
        heads: dict[str, str] = {run[: len(address)]: run for run, _ in rows}
        close: list[str] = difflib.get_close_matches(address, [*names, *heads], n=3, cutoff=0.6)
        return [heads.get(one, one) for one in close]

    def neighbours(self, run: str) -> tuple[str, ...]:
        """The ids just before and just after this one, in order."""
        (before,) = self.connection.one("SELECT max(id) FROM run WHERE id < ?", (run,))
        (after,) = self.connection.one("SELECT min(id) FROM run WHERE id > ?", (run,))
        return tuple(one for one in (before, after) if one is not None)
