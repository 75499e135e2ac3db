"""How the file came to its present form: migrations, appended and never edited.

Rules.  A migration that has been released is frozen, its SQL text included, for the text is compared at every open.
All that are pending run in one transaction, together with the number that says so; a kill leaves the old form or the
new one.  sqlite-utils keeps the list and is loaded only when there is something to do; its `transform` is never used
(it drops triggers without a word).

What the tables are for: `object` texts, told apart by kind and digest; `run` what a run is; `snapshot` one row a click;
`message` the history by place; `extra` texts of a click that are no message; `decision` one row a settled gate.  These
are evidence: written once, chained, never changed.  `inbox`, `rule`, `label`, `driver` and `pruning` are working notes.
"""

from __future__ import annotations

import sqlite3
from typing import Any

__all__ = ["APPLICATION_ID", "FULL_EVERY", "SCHEMA_DIGEST", "VERSION", "migrate"]

APPLICATION_ID = 0x64746E74  # "dtnt" in the file's header
VERSION = 1  # how many migrations there are; the header's user_version
FULL_EVERY = 16  # rows between two bodies stored in full; the views of migration 1 say it too
SCHEMA_DIGEST = ""

_M001 = (
    """CREATE TABLE object (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  digest BLOB NOT NULL
) STRICT""",
    """CREATE UNIQUE INDEX object_shared ON object (digest)
  WHERE kind IN ('spec', 'schema', 'prompt', 'guards')""",
    """CREATE TABLE run (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  spec INTEGER NOT NULL REFERENCES object (id),
  goal TEXT NOT NULL,
  parent INTEGER REFERENCES run (key),
  parent_seq INTEGER,
  created INTEGER NOT NULL,
  folder TEXT NOT NULL,
  origin TEXT NOT NULL
) STRICT""",
    "CREATE INDEX run_folder ON run (folder)",
    "CREATE INDEX run_name ON run (name) WHERE name <> ''",
    "CREATE INDEX run_parent ON run (parent) WHERE parent IS NOT NULL",
    """CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  seq INTEGER NOT NULL,
  state TEXT NOT NULL,
  event TEXT NOT NULL,
  event_body TEXT NOT NULL,
  body TEXT NOT NULL,
  guards INTEGER NOT NULL REFERENCES object (id),
  digest BLOB NOT NULL,
  chain BLOB NOT NULL,
  at INTEGER NOT NULL,
  took INTEGER NOT NULL,
  UNIQUE (run, seq)
) STRICT""",
    """CREATE TABLE message (
  run INTEGER NOT NULL REFERENCES run (key),
  position INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  object INTEGER NOT NULL REFERENCES object (id),
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE extra (
  run INTEGER NOT NULL REFERENCES run (key),
  seq INTEGER NOT NULL,
  place INTEGER NOT NULL,
  object INTEGER NOT NULL REFERENCES object (id),
  PRIMARY KEY (run, seq, place)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE decision (
  run INTEGER NOT NULL REFERENCES run (key),
  gate TEXT NOT NULL,
  kind TEXT NOT NULL,
  seq INTEGER NOT NULL,
  how TEXT NOT NULL,
  "by" TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (run, gate)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES run (key),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  refused TEXT
) STRICT""",
    "CREATE INDEX inbox_run ON inbox (run)",
    """CREATE TABLE rule (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  rule TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (run, rule)
) STRICT""",
    """CREATE TABLE label (
  run INTEGER NOT NULL REFERENCES run (key),
  label TEXT NOT NULL,
  PRIMARY KEY (run, label)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE driver (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  pid INTEGER NOT NULL,
  start_time TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  head_seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  ended INTEGER NOT NULL DEFAULT 0
) STRICT""",
    "CREATE INDEX driver_run ON driver (run)",
    "CREATE TABLE pruning (run INTEGER PRIMARY KEY) STRICT",
    *(
        f"""CREATE TRIGGER {table}_stays BEFORE DELETE ON {table}
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.{column})
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END"""
        for table, column in (
            ("run", "key"),
            ("snapshot", "run"),
            ("message", "run"),
            ("extra", "run"),
            ("decision", "run"),
        )
    ),
    """CREATE TRIGGER object_stays BEFORE DELETE ON object
  WHEN NOT EXISTS (SELECT 1 FROM pruning)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END""",
    *(
        f"""CREATE TRIGGER {table}_same BEFORE UPDATE ON {table}
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END"""
        for table in ("object", "run", "snapshot", "message", "extra", "decision")
    ),
)

_M001_VIEWS = {
    # The body of every click, whole: the nearest full row, and the patches after it.
    "snapshot_view": """SELECT run.id AS run, s.seq, s.state, s.event, s.event_body,
  (WITH RECURSIVE folded (seq, body) AS (
     SELECT f.seq, f.body FROM snapshot f WHERE f.run = s.run AND f.seq = s.seq - s.seq % 16
     UNION ALL
     SELECT n.seq, json_patch(folded.body, n.body) FROM folded
       JOIN snapshot n ON n.run = s.run AND n.seq = folded.seq + 1 WHERE folded.seq < s.seq
   )
   SELECT json_set(folded.body, '$.run', run.id, '$.seq', s.seq, '$.at', s.at, '$.state', s.state)
     FROM folded WHERE folded.seq = s.seq) AS body,
  'sha256:' || lower(hex(s.digest)) AS digest, 'sha256:' || lower(hex(s.chain)) AS chain, s.at, s.took
  FROM snapshot s JOIN run ON run.key = s.run""",
    # What each click changed.
    "clicks_view": """SELECT run.id AS run, s.seq, s.state, s.event, s.event_body, s.body AS changed,
  g.body AS guards, 'sha256:' || lower(hex(s.digest)) AS digest, s.at, s.took
  FROM snapshot s JOIN run ON run.key = s.run JOIN object g ON g.id = s.guards""",
    # The runs, each with its last click.
    "runs_view": """SELECT run.id, run.name, run.goal, s.state, s.seq, s.at, run.created, run.folder,
  parent.id AS parent, run.parent_seq
  FROM run JOIN snapshot s ON s.run = run.key AND s.seq = (SELECT max(seq) FROM snapshot WHERE run = run.key)
  LEFT JOIN run parent ON parent.key = run.parent""",
    # What was said, with who said it.
    "messages_view": """SELECT run.id AS run, m.position, m.seq, o.kind, o.body
  FROM message m JOIN run ON run.key = m.run JOIN object o ON o.id = m.object""",
}


def migrate(conn: sqlite3.Connection) -> None:
    """Bring an empty or older database to the present form, inside the transaction that is open.

    Args:
        conn: a connection in a transaction it has begun itself
    """
    from sqlite_utils import Database  # noqa: PLC0415 - seldom needed, and slow to load

    database = Database(conn, execute_plugins=False)
    _migrations().apply(database)
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    conn.execute(f"PRAGMA user_version = {VERSION}")


def _migrations() -> Any:
    from sqlite_utils import Migrations  # noqa: PLC0415 - seldom needed, and slow to load

    migrations = Migrations("detent")

    @migrations()
    def m001_initial(database: Any) -> None:
        for statement in _M001:
            database.execute(statement)
        for name, select in _M001_VIEWS.items():
            database.create_view(name, select)

    return migrations
