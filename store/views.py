"""The views that migration 2 makes: who settled what, every call, the texts of clicks, rules, and who drove a run.

Part of the migration, so frozen like it once released: the text is compared at every open.
"""

from __future__ import annotations

__all__ = ["VIEWS_2"]

VIEWS_2 = (
    # Every gate that was settled, with the reason, answer, result or arguments the person gave.
    """CREATE VIEW decisions_view AS
  SELECT run.id AS run, d.gate, d.kind, d.seq, d.how, d."by", d.at,
    (SELECT o.body FROM (
       SELECT object FROM extra WHERE run = d.run AND seq = d.seq
       UNION ALL
       SELECT object FROM message WHERE run = d.run AND seq = d.seq
     ) AS written JOIN object o ON o.id = written.object
     WHERE json_extract(s.event_body, '$.gate') = d.gate AND 'sha256:' || lower(hex(o.digest)) IN (
       json_extract(s.event_body, '$.reason'), json_extract(s.event_body, '$.answer'),
       json_extract(s.event_body, '$.result'), json_extract(s.event_body, '$.arguments')
     ) LIMIT 1) AS text
  FROM decision d JOIN run ON run.key = d.run JOIN snapshot s ON s.run = d.run AND s.seq = d.seq""",
    # Every call of a plan: what it was asked with, and what came of it.
    """CREATE VIEW calls_view AS
  WITH planned AS (
    SELECT s.run, s.seq, c.key AS place, json_extract(s.event_body, '$.turn') AS turn,
      json_extract(c.value, '$.tool') AS proposed, json_extract(s.body, '$.outcomes') + c.key AS position,
      (SELECT n.seq FROM snapshot n WHERE n.run = s.run AND n.seq >= s.seq
         AND json_type(n.body, '$.calls."' || c.key || '".outcome') = 'object'
       ORDER BY n.seq LIMIT 1) AS settled
    FROM snapshot s, json_each(s.event_body, '$.calls') c
    WHERE s.event = 'PlanMade' AND json_type(s.body, '$.calls."' || c.key || '"') = 'object'
  ), tried AS (
    SELECT planned.*,
      (SELECT coalesce(max(json_extract(n.body, '$.calls."' || place || '".fallback')), 0) FROM snapshot n
       WHERE n.run = planned.run AND n.seq >= planned.seq AND (settled IS NULL OR n.seq <= settled)) AS fallback
    FROM planned
  ), named AS (
    SELECT tried.*, run.id, o.body AS spec,
      CASE fallback WHEN 0 THEN proposed ELSE (
        SELECT json_extract(t.value, '$.fallback[' || (fallback - 1) || ']') FROM json_each(o.body, '$.tools') t
        WHERE json_extract(t.value, '$.name') = proposed) END AS tool
    FROM tried JOIN run ON run.key = tried.run JOIN object o ON o.id = run.spec
  )
  SELECT c.id AS run, c.seq, c.turn || '.' || c.place || '.' || c.fallback AS call, c.tool,
    coalesce(
      (SELECT o.body FROM snapshot e JOIN extra x ON x.run = e.run AND x.seq = e.seq JOIN object o ON o.id = x.object
       WHERE e.run = c.run AND e.seq >= c.seq AND (c.settled IS NULL OR e.seq <= c.settled) AND o.kind = 'arguments'
         AND json_extract(e.body, '$.calls."' || c.place || '".arguments') = 'sha256:' || lower(hex(o.digest))
       ORDER BY e.seq DESC LIMIT 1),
      (SELECT json_extract(o.body, '$.calls[' || c.place || '].arguments') FROM message m
       JOIN object o ON o.id = m.object
       WHERE m.run = c.run AND m.position = c.position - c.place - 1 AND o.kind = 'turn')
    ) AS arguments,
    (SELECT json_extract(t.value, '$.effect') FROM json_each(c.spec, '$.tools') t
     WHERE json_extract(t.value, '$.name') = c.tool) AS effect,
    json_extract(s.body, '$.calls."' || c.place || '".outcome.status') AS status,
    json_extract(s.body, '$.calls."' || c.place || '".outcome.reason') AS reason, c.settled, o.body AS result
  FROM named c LEFT JOIN snapshot s ON s.run = c.run AND s.seq = c.settled
  LEFT JOIN message m ON m.run = s.run AND m.position = c.position
  LEFT JOIN object o ON o.id = m.object""",
    # The texts of clicks that are no message.
    """CREATE VIEW texts_view AS
  SELECT run.id AS run, e.seq, e.place, o.kind, o.body
  FROM extra e JOIN run ON run.key = e.run JOIN object o ON o.id = e.object""",
    # What was allowed in advance.
    """CREATE VIEW rules_view AS
  SELECT run.id AS run, r.rule, r.at FROM rule r JOIN run ON run.key = r.run""",
    # What waits for the process that drives a run, or was refused by it.
    """CREATE VIEW inbox_view AS
  SELECT run.id AS run, i.id, i.kind, i.body, i.at, i.refused FROM inbox i JOIN run ON run.key = i.run""",
    # Which processes took a run.
    """CREATE VIEW drivers_view AS
  SELECT run.id AS run, d.pid, d.start_time, d.boot_id, d.head_seq, d.at, d.ended
  FROM driver d JOIN run ON run.key = d.run""",
)
