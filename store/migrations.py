"""How the file came to its present form: migrations, appended and never edited.

Rules.  A migration that has been released is frozen, its SQL text included, for the text is compared at every open.
All that are pending run in one transaction, together with the number that says so; a kill leaves the old form or the
new one.  sqlite-utils keeps the list and is loaded only when there is something to do; its `transform` is never used
(it drops triggers without a word).

What the tables are for: `object` texts, told apart by kind and digest; `run` what a run is; `snapshot` one row a click;
`message` the history by place; `extra` texts of a click that are no message; `decision` one row a settled gate.  These
are evidence: written once, chained, never changed.  `inbox`, `rule`, `label`, `driver` and `pruning` are working notes;
the first four change and go, and each of their rows carries a digest of what it says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .seals import seal
from .views import VIEWS_2

__all__ = ["APPLICATION_ID", "FULL_EVERY", "NAMES", "SCHEMAS", "VERSION", "migrate"]

APPLICATION_ID = 1685352052  # "dtnt" in the file's header
VERSION = 2  # how many migrations there are; the header's user_version
NAMES = ("m001_initial", "m002_views_and_seals")  # what sqlite-utils lists them as
FULL_EVERY = 16  # rows between two bodies stored in full; the views of migration 1 say it too
# The digest of the schema's text in every form there has been, by version.
SCHEMAS: Mapping[int, str] = MappingProxyType(
    {
        1: "64c5184bdaa93f8b51197847bdce7534f3645c11a6a9f9e6dc1424ee9d26a934",
        2: "223acd85633d91ec6806a3cc1d36f20957d41e6ccd2ed38f418389950c0725c3",
    }
)

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
  key INTEGER PRIMARY KEY AUTOINCREMENT,
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
    """CREATE TRIGGER run_stays BEFORE DELETE ON run
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.key)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END""",
    """CREATE TRIGGER snapshot_stays BEFORE DELETE ON snapshot
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END""",
    """CREATE TRIGGER message_stays BEFORE DELETE ON message
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END""",
    """CREATE TRIGGER extra_stays BEFORE DELETE ON extra
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END""",
    """CREATE TRIGGER decision_stays BEFORE DELETE ON decision
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END""",
    """CREATE TRIGGER object_stays BEFORE DELETE ON object
  WHEN NOT EXISTS (SELECT 1 FROM pruning)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END""",
    """CREATE TRIGGER object_same BEFORE UPDATE ON object
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END""",
    """CREATE TRIGGER run_same BEFORE UPDATE ON run
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END""",
    """CREATE TRIGGER snapshot_same BEFORE UPDATE ON snapshot
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END""",
    """CREATE TRIGGER message_same BEFORE UPDATE ON message
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END""",
    """CREATE TRIGGER extra_same BEFORE UPDATE ON extra
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END""",
    """CREATE TRIGGER decision_same BEFORE UPDATE ON decision
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END""",
    # The body of every click, whole: the nearest full row, and the patches after it.
    """CREATE VIEW snapshot_view AS
  SELECT run.id AS run, s.seq, s.state, s.event, s.event_body,
    (WITH RECURSIVE folded (seq, body) AS (
       SELECT f.seq, f.body FROM snapshot f WHERE f.run = s.run AND f.seq = s.seq - s.seq % 16
       UNION ALL
       SELECT n.seq, json_patch(folded.body, n.body)
         FROM folded JOIN snapshot n ON n.run = s.run AND n.seq = folded.seq + 1 WHERE folded.seq < s.seq
     )
     SELECT json_set(folded.body, '$.run', run.id, '$.seq', s.seq, '$.at', s.at, '$.state', s.state)
       FROM folded WHERE folded.seq = s.seq) AS body,
    'sha256:' || lower(hex(s.digest)) AS digest, 'sha256:' || lower(hex(s.chain)) AS chain, s.at, s.took
  FROM snapshot s JOIN run ON run.key = s.run""",
    # What each click changed.
    """CREATE VIEW clicks_view AS
  SELECT run.id AS run, s.seq, s.state, s.event, s.event_body, s.body AS changed, g.body AS guards,
    'sha256:' || lower(hex(s.digest)) AS digest, s.at, s.took
  FROM snapshot s JOIN run ON run.key = s.run JOIN object g ON g.id = s.guards""",
    # The runs, each with its last click.
    """CREATE VIEW runs_view AS
  SELECT run.id, run.name, run.goal, s.state, s.seq, s.at, run.created, run.folder, p.id AS parent, run.parent_seq
  FROM run JOIN snapshot s ON s.run = run.key AND s.seq = (SELECT max(seq) FROM snapshot WHERE run = run.key)
  LEFT JOIN run p ON p.key = run.parent""",
    # What was said in each run; a fork begins with what its parent has.
    """CREATE VIEW messages_view AS
  SELECT run.id AS run, m.position, m.seq, o.kind, o.body
  FROM message m JOIN run ON run.key = m.run JOIN object o ON o.id = m.object""",
)


# The four tables of working notes, each row with a digest; they are made anew, so that their text is what stands here.
_M002_NOTES = (
    """CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES run (key),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  refused TEXT,
  digest BLOB NOT NULL
) STRICT""",
    "CREATE INDEX inbox_run ON inbox (run)",
    """CREATE TABLE rule (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  rule TEXT NOT NULL,
  at INTEGER NOT NULL,
  digest BLOB NOT NULL,
  UNIQUE (run, rule)
) STRICT""",
    """CREATE TABLE label (
  run INTEGER NOT NULL REFERENCES run (key),
  label TEXT NOT NULL,
  digest BLOB NOT NULL,
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
  ended INTEGER NOT NULL DEFAULT 0,
  digest BLOB NOT NULL
) STRICT""",
    "CREATE INDEX driver_run ON driver (run)",
)

# How the rows of each go over: read with the run's id in place, before the tables go; written with a digest.
_M002_ROWS = (
    (
        "inbox",
        "SELECT i.id, i.run, run.id, i.kind, i.body, i.at, i.refused FROM inbox i JOIN run ON run.key = i.run",
        "INSERT INTO inbox (id, run, kind, body, at, refused, digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    (
        "rule",
        "SELECT r.id, r.run, run.id, r.rule, r.at FROM rule r JOIN run ON run.key = r.run",
        "INSERT INTO rule (id, run, rule, at, digest) VALUES (?, ?, ?, ?, ?)",
    ),
    (
        "driver",
        """SELECT d.id, d.run, run.id, d.pid, d.start_time, d.boot_id, d.head_seq, d.at, d.ended
             FROM driver d JOIN run ON run.key = d.run""",
        """INSERT INTO driver (id, run, pid, start_time, boot_id, head_seq, at, ended, digest)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    ),
    (
        "label",
        "SELECT NULL, l.run, run.id, l.label FROM label l JOIN run ON run.key = l.run",
        "INSERT INTO label (run, label, digest) VALUES (?, ?, ?)",
    ),
)


def _m002_notes(database: Any) -> None:
    """Make the tables of working notes anew, their rows with digests."""
    kept = [database.execute(sql).fetchall() for _, sql, _ in _M002_ROWS]
    last = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'inbox'").fetchone()
    for statement in ("DROP TABLE inbox", "DROP TABLE rule", "DROP TABLE label", "DROP TABLE driver"):
        database.execute(statement)
    for statement in _M002_NOTES:
        database.execute(statement)
    for (table, _, sql), rows in zip(_M002_ROWS, kept, strict=True):
        for number, key, run, *said in rows:
            own = () if table == "label" else (number,)
            database.execute(sql, (*own, key, *said, seal(table, run, *said)))
    if last is not None:  # a number of the inbox is never used again
        database.execute("DELETE FROM sqlite_sequence WHERE name = 'inbox'")
        database.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('inbox', ?)", (last[0],))


# The list that sqlite-utils keeps, in our own words, so that its text can be compared like all others.
_M002_LIST = (
    """CREATE TABLE _sqlite_migrations (
  id INTEGER PRIMARY KEY,
  migration_set TEXT,
  name TEXT,
  applied_at TEXT
)""",
    "CREATE UNIQUE INDEX idx__sqlite_migrations_migration_set_name ON _sqlite_migrations (migration_set, name)",
)


def _m002_list(database: Any) -> None:
    """Make the list of migrations anew.

    It has to be the last: where SQLite happens to look at a view first, its own check of the file leaves out free and
    lost pages (3.40.1 to 3.54.1 at least), and that is told by the order in which things were made.
    """
    rows = database.execute("SELECT id, migration_set, name FROM _sqlite_migrations").fetchall()
    database.execute("DROP TABLE _sqlite_migrations")
    for statement in _M002_LIST:
        database.execute(statement)
    for row in rows:
        database.execute(
            "INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (?, ?, ?, '')", row
        )


def migrate(raw: sqlite3.Connection) -> None:
    """Bring an empty or older database to the present form, inside the transaction that is open.

    Args:
        raw: a connection in a transaction it has begun itself
    """
    from sqlite_utils import Database, Migrations  # noqa: PLC0415 - seldom needed, and slow to load

    migrations = Migrations("detent")

    @migrations()
    def m001_initial(database: Any) -> None:
        for statement in _M001:
            database.execute(statement)

    @migrations()
    def m002_views_and_seals(database: Any) -> None:
        for statement in VIEWS_2:
            database.execute(statement)
        _m002_notes(database)
        _m002_list(database)

    migrations.apply(Database(raw, execute_plugins=False))
    # When is not kept: no digest would cover it, and whoever reads the list asks for names alone.
    raw.execute("UPDATE _sqlite_migrations SET applied_at = ''")
    raw.execute("PRAGMA application_id = 1685352052")
    raw.execute("PRAGMA user_version = 2")
