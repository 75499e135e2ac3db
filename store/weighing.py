"""How much lies in a database, how the runs stand to one another, and what would go with some of them.

Part of `Store`, which is all that others see.  Nothing here changes anything; each question is one look at the file.
A text goes with runs when no row of any other run refers to it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from attrs import field, frozen

from .connection import Connection

__all__ = ["UNREACHED", "Measures", "Standing", "Weighing", "Weight"]

# The texts that no row refers to, but for the rows of the runs whose ids are given as a JSON list.
UNREACHED = (
    "WITH gone (run) AS (SELECT key FROM run WHERE id IN (SELECT value FROM json_each(?))),"
    " reached (object) AS ("
    " SELECT object FROM message WHERE run NOT IN gone UNION SELECT object FROM extra WHERE run NOT IN gone"
    " UNION SELECT guards FROM snapshot WHERE run NOT IN gone UNION SELECT spec FROM run WHERE key NOT IN gone)"
    " SELECT id FROM object WHERE id NOT IN reached"
)
_WEIGHTS = (
    "SELECT kind, count(*), sum(length(CAST(body AS BLOB))) FROM object GROUP BY kind ORDER BY 3 DESC, kind"
)
_GOING = (
    f"WITH going (id) AS ({UNREACHED})"  # noqa: S608 - two fixed texts
    " SELECT kind, count(*), sum(length(CAST(body AS BLOB))) FROM object WHERE id IN going"
    " GROUP BY kind ORDER BY 3 DESC, kind"
)
_CLICKS = (
    "SELECT count(*), coalesce(sum(length(CAST(event_body AS BLOB)) + length(CAST(body AS BLOB))), 0)"
    " FROM snapshot WHERE run IN (SELECT key FROM run WHERE id IN (SELECT value FROM json_each(?)))"
)
_STANDINGS = (
    "SELECT r.id, p.id, json_extract(r.origin, '$.caller.run'), coalesce(json_extract(r.origin, '$.recordings'), ''),"
    " s.state, s.seq, s.at, EXISTS (SELECT 1 FROM label WHERE run = r.key)"
    " FROM run r JOIN snapshot s ON s.run = r.key AND s.seq = (SELECT max(seq) FROM snapshot WHERE run = r.key)"
    " LEFT JOIN run p ON p.key = r.parent ORDER BY r.key"
)
_ROWS = (
    "SELECT 'run', count(*) FROM run UNION ALL SELECT 'snapshot', count(*) FROM snapshot"
    " UNION ALL SELECT 'object', count(*) FROM object UNION ALL SELECT 'message', count(*) FROM message"
    " UNION ALL SELECT 'extra', count(*) FROM extra UNION ALL SELECT 'decision', count(*) FROM decision"
    " UNION ALL SELECT 'inbox', count(*) FROM inbox UNION ALL SELECT 'rule', count(*) FROM rule"
    " UNION ALL SELECT 'label', count(*) FROM label UNION ALL SELECT 'driver', count(*) FROM driver"
)
_PAGES = "SELECT page_size, page_count, freelist_count FROM pragma_page_size, pragma_page_count, pragma_freelist_count"


@frozen
class Standing:
    """Where a run stands, and which others it belongs to.

    Args:
        id: the run
        parent: the run it was forked from
        caller: the run that called it
        recordings: how a fork is served recorded outcomes; empty for other runs
        state: where it is
        seq: its last click
        at: when that was, milliseconds since the epoch
        labelled: whether a person marked it
    """

    id: str
    parent: str | None
    caller: str | None
    recordings: str
    state: str
    seq: int
    at: int
    labelled: bool = field(converter=bool)


@frozen
class Weight:
    """How many texts of a kind there are.

    Args:
        kind: the kind; `clicks` for the clicks themselves
        rows: how many
        bytes: how long they are together
    """

    kind: str
    rows: int
    bytes: int


@frozen(kw_only=True)
class Measures:
    """How much a database holds, and takes.

    Args:
        tables: rows of each table
        kinds: texts by kind, the heaviest first
        states: runs by state
        file: bytes of the file
        log: bytes of the log beside it
        page: bytes of a page
        pages: pages of the file
        free: pages of it that are free to be used again
    """

    tables: Mapping[str, int]
    kinds: tuple[Weight, ...]
    states: Mapping[str, int]
    file: int
    log: int
    page: int
    pages: int
    free: int


class Weighing:
    """The part of a store that measures it."""

    _connection: Connection

    def standings(self) -> list[Standing]:
        """Every run, the oldest first: so a run comes after the one it was forked from."""
        return [Standing(*row) for row in self._connection.all(_STANDINGS)]

    def weights(self, without: Collection[str]) -> list[Weight]:
        """What would go with these runs: their clicks, and by kind the texts that nothing else refers to.

        Args:
            without: ids of runs; for none, what nothing refers to as it is
        """
        listed = json.dumps(list(without))
        clicks = [Weight("clicks", *row) for row in self._connection.all(_CLICKS, (listed,)) if row[0]]
        return clicks + [Weight(*row) for row in self._connection.all(_GOING, (listed,))]

    def measures(self) -> Measures:
        """How much there is of everything."""
        ask = self._connection

        states: dict[str, int] = {}
        for one in self.standings():
            states[one.state] = states.get(one.state, 0) + 1
        page, pages, free = ask.one(_PAGES)
        log = Path(f"{ask.path}-wal")
        return Measures(
            tables=dict(ask.all(_ROWS)),
            kinds=tuple(Weight(*row) for row in ask.all(_WEIGHTS)),
            states=states,
            file=ask.path.stat().st_size,
            log=log.stat().st_size if log.exists() else 0,
            page=page,
            pages=pages,
            free=free,
        )
