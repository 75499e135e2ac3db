"""The sabotages: what one changed line of the product would break, and who must notice.

Rules.  Each is a line or two as anyone might get them wrong, not a wrecked file.  The old text stands in its file exactly
once.  The catcher is one test by its id, or a harness by its name, so that the table says what each of them is good for.
"""

from __future__ import annotations

from attrs import frozen

__all__ = ["SABOTAGES", "Sabotage"]


@frozen
class Sabotage:
    """One planted bug.

    Args:
        name: of it
        breaks: the promise that is broken
        file: of the product, below the package
        old: the text that is there
        new: the text that takes its place
        catcher: who must notice: the id of a test, or the name of a harness
        quick: whether that takes a few seconds only
    """

    name: str
    breaks: str
    file: str
    old: str
    new: str
    catcher: str
    quick: bool = True


KERNEL = (
    Sabotage(
        "digest not compared",
        "a yes means exactly what was shown",
        "states/legality.py",
        "holds=event.digest == bound,",
        "holds=bool(bound),",
        "fuzz",
    ),
    Sabotage(
        "approval matched by tool name",
        "a yes means exactly what was shown",
        "states/gates.py",
        '{"tool": tool.name, "version": tool.version, "arguments": call.arguments}',
        '{"tool": tool.name}',
        "fuzz",
    ),
    Sabotage(
        "decision not bound to its run",
        "a fork inherits no approval",
        "states/gates.py",
        '{"run": run, "gate": gate.id}',
        '{"gate": gate.id}',
        "fuzz",
    ),
    Sabotage(
        "expiry ignored",
        "a late yes is refused",
        "states/legality.py",
        "check(snapshot, event, holds=not expired,",
        "check(snapshot, event, holds=True,",
        "fuzz",
    ),
    Sabotage(
        "gate expires early",
        "a gate stands until its deadline",
        "states/legality.py",
        "check(snapshot, event, holds=expired,",
        "check(snapshot, event, holds=gate.expires > 0,",
        "fuzz",
    ),
    Sabotage(
        "doubt expires",
        "no timeout skips the question",
        "states/ordering.py",
        "0 if seconds is None or gate.kind is GateKind.DOUBT else",
        "0 if seconds is None else",
        "fuzz",
    ),
    Sabotage(
        "rerun without an attempt left",
        "attempts are bounded",
        "states/awaiting_approval.py",
        "holds=not rerun or call.attempt < call.attempts,",
        "holds=not rerun or call.attempt <= call.attempts,",
        "fuzz",
    ),
    Sabotage(
        "key includes the attempt",
        "one key for every attempt",
        "states/executing.py",
        "key=key(snapshot.run, one),",
        'key=key(snapshot.run, f"{one}.{call.attempt}"),',
        "fuzz",
    ),
    Sabotage(
        "unknown outcome retried",
        "nothing irreversible happens twice",
        "states/executing.py",
        "if doubtful and event.ran is Ran.UNKNOWN:",
        "if doubtful and event.ran is Ran.UNKNOWN and not event.transient:",
        "fuzz",
    ),
    Sabotage(
        "failure that ran falls back",
        "nothing irreversible happens twice",
        "states/executing.py",
        "final = snapshot.cancelling or (effect is Effect.ONCE and event.ran is Ran.YES)",
        "final = snapshot.cancelling",
        "fuzz",
    ),
    Sabotage(
        "ONCE without a mark",
        "intent before effect",
        "states/executing.py",
        "if named(snapshot.spec, call).effect is not Effect.READ:\n        check(",
        "if named(snapshot.spec, call).effect is Effect.ONCE:\n        check(",
        "fuzz",
    ),
    Sabotage(
        "result of another attempt taken",
        "late and duplicate events are illegal",
        "states/legality.py",
        "if attempt != one.attempt:",
        "if attempt > one.attempt:",
        "fuzz",
    ),
    Sabotage(
        "result taken before the start",
        "late and early events are illegal",
        "states/executing.py",
        "check(snapshot, event, holds=call.phase is Phase.STARTED,",
        "check(snapshot, event, holds=call.phase is not Phase.DOUBT,",
        "fuzz",
    ),
    Sabotage(
        "delete after a failed backup",
        "what a failed call holds back is not run",
        "states/calls.py",
        "if call.outcome and call.outcome.status is not Status.OK and holds_back(spec, call):",
        "if call.outcome and call.outcome.status is Status.DENIED and holds_back(spec, call):",
        "fuzz",
    ),
    Sabotage(
        "order inside a plan",
        "a call that is not READ waits for all before it",
        "states/calls.py",
        "if call.phase is Phase.READY and not (alone and waiting):",
        "if call.phase is Phase.READY:",
        "fuzz",
    ),
    Sabotage(
        "starts while gates are open",
        "nothing of a plan starts until its gates are settled",
        "fsm/table.py",
        'Row("calls", at, "PlanMade", State.EXECUTING, "no call asks first", (calls,), (bad, ends, gate)),',
        'Row("calls", at, "PlanMade", State.EXECUTING, "no call asks first", (calls,), (bad, ends)),',
        "fuzz",
    ),
    Sabotage(
        "cancelling starts new calls",
        "a cancel starts nothing more",
        "states/anywhere.py",
        "if call.phase in (Phase.PROPOSED, Phase.READY) else call",
        "if call.phase is Phase.PROPOSED else call",
        "fuzz",
    ),
    Sabotage(
        "fallback needs no yes",
        "nothing irreversible happens unasked",
        "states/executing.py",
        "check(snapshot, event, holds=not unasked,",
        "check(snapshot, event, holds=True,",
        "fuzz",
    ),
    Sabotage(
        "call passes without a rule",
        "nothing irreversible happens unasked",
        "states/planning.py",
        "if tool.approval is Approval.ALWAYS and not proposal.asks and not proposal.rule:",
        "if tool.approval is Approval.ALWAYS and not proposal.asks and proposal.rule is None:",
        "fuzz",
    ),
    Sabotage(
        "fork inherits a yes",
        "a fork inherits no approval",
        "fsm/forking.py",
        "phase=Phase.PROPOSED if asks else Phase.READY, not_before=0)",
        "phase=call.phase, not_before=0)",
        "fuzz",
    ),
    Sabotage(
        "fork reruns what was started",
        "nothing irreversible happens twice",
        "fsm/forking.py",
        "may_have_run = call.phase in (Phase.STARTED, Phase.DOUBT)\n    if",
        "may_have_run = call.phase is Phase.DOUBT\n    if",
        "fuzz",
    ),
    Sabotage(
        "fuel is one short",
        "it stops",
        "fsm/fuel.py",
        "return most + 1 + sum(",
        "return most + sum(",
        "fuzz",
    ),
    Sabotage(
        "fuel may stand still",
        "it stops",
        "states/calls.py",
        "return _ready_cost(tool, left + 1, rest) + (phase is Phase.PROPOSED) - (phase is Phase.STARTED)",
        "return _ready_cost(tool, left + 1, rest) + (phase is Phase.PROPOSED)",
        "fuzz",
    ),
    Sabotage(
        "event of another run taken",
        "foreign events are illegal",
        "fsm/kernel.py",
        "if event.run != snapshot.run:",
        "if event.run > snapshot.run:",
        "fuzz",
    ),
    Sabotage(
        "time runs backwards",
        "a clock set back repeats no time",
        "fsm/kernel.py",
        "if event.at < snapshot.at:",
        "if event.at < 0:",
        "fuzz",
    ),
    Sabotage(
        "extensions without bound",
        "it stops",
        "states/ordering.py",
        "if name and snapshot.extensions < snapshot.spec.extensions:",
        "if name and snapshot.extensions <= snapshot.spec.extensions:",
        "fuzz",
    ),
)

STORE = (
    Sabotage(
        "synchronous NORMAL",
        "nothing acknowledged is lost",
        "store/opening.py",
        '(sync,) = raw.execute("PRAGMA synchronous").fetchone()',
        '(sync,) = (2, raw.execute("PRAGMA synchronous = NORMAL"))[:1]',
        "tests/store/test_opening.py",
    ),
    Sabotage(
        "compare-and-swap dropped",
        "two drivers never interleave",
        "store/branch.py",
        '"INSERT INTO snapshot (run,',
        '"INSERT OR IGNORE INTO snapshot (run,',
        "tests/store/test_branch.py",
    ),
    Sabotage(
        "decision settled twice",
        "one decision a gate",
        "store/branch.py",
        "'INSERT INTO decision",
        "'INSERT OR IGNORE INTO decision",
        "tests/store/test_branch.py",
    ),
    Sabotage(
        "row replaced in silence",
        "history is never rewritten",
        "store/opening.py",
        'raw.execute("PRAGMA recursive_triggers = ON")',
        'raw.execute("PRAGMA recursive_triggers = OFF")',
        "tests/store/test_opening.py",
    ),
    Sabotage(
        "write lock released before COMMIT",
        "no lock error reaches a user",
        "store/connection.py",
        'connection.raw.execute("COMMIT")',
        'self._lock.release(), connection.raw.execute("COMMIT")',
        "tests/store/test_connection.py",
    ),
    Sabotage(
        "deferred BEGIN",
        "no lock error reaches a user",
        "store/connection.py",
        'raw.execute("BEGIN IMMEDIATE")',
        'raw.execute("BEGIN")',
        "tests/store/test_connection.py",
    ),
    Sabotage(
        "another file written",
        "a replaced file is not written",
        "store/connection.py",
        "            connection.check_identity()\n",
        "",
        "tests/store/test_connection.py",
    ),
    Sabotage(
        "goes on after a failed disk",
        "after EIO nothing is trusted",
        "store/connection.py",
        "if is_io(error):",
        "if is_io(error) and self.lock is None:",
        "tests/store/test_connection.py",
    ),
    Sabotage(
        "two drivers of one run",
        "one driver a run",
        "store/locks.py",
        "fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n                break",
        "break",
        "tests/store/test_locks.py",
    ),
    Sabotage(
        "database readable by others",
        "the file is its owner's",
        "store/opening.py",
        "os.O_EXCL | os.O_CLOEXEC, 0o600)",
        "os.O_EXCL | os.O_CLOEXEC, 0o644)",
        "tests/store/test_opening.py",
    ),
    Sabotage(
        "chain does not cover who decided",
        "every changed bit is found",
        "store/chain.py",
        "canonical([one.gate, one.kind, one.how, one.by, one.at])",
        "canonical([one.gate, one.kind, one.how, one.at])",
        "tests/store/test_verify.py",
    ),
    Sabotage(
        "chain does not cover a message",
        "every changed bit is found",
        "store/chain.py",
        'return f"message {position} {digest}"',
        'return f"message {digest}"',
        "tests/store/test_verify.py",
    ),
    Sabotage(
        "verify believes the guards",
        "every changed bit is found",
        "store/verify.py",
        "if not _fits(kind, guards, guards_digest):",
        "if not _fits(kind, guards, guards_digest) and not guards:",
        "tests/store/test_verify.py",
    ),
    Sabotage(
        "verify skips the texts",
        "every changed bit is found",
        "store/verify.py",
        "            if not _fits(*text):\n                yield from self._users",
        "            if not text:\n                yield from self._users",
        "tests/store/test_verify.py",
    ),
    Sabotage(
        "half a commit stays",
        "all of a write, or nothing",
        "store/branch.py",
        'raw.execute("ROLLBACK TO one")',
        "",
        "tests/store/test_branch.py",
    ),
    Sabotage(
        "inbox entry read twice",
        "a decision is used once",
        "store/branch.py",
        'raw.execute("DELETE FROM inbox WHERE id = ? AND run = ?", (entry, key))',
        "_ = entry",
        "tests/store/test_notes.py",
    ),
    Sabotage(
        "JSON takes a key twice",
        "what was shown is what runs",
        "states/canonical.py",
        "if len(made) != len(pairs):",
        "if len(made) > len(pairs):",
        "tests/states/test_canonical.py",
    ),
)

DRIVER = (
    Sabotage(
        "escape passes ESC",
        "no control byte on any terminal",
        "fsm/cli/escape.py",
        r'r"\x00-\x08\x0b-\x1f\x7f',
        r'r"\x00-\x08\x0b-\x1a\x1c-\x1f\x7f',
        "tests/fsm/cli/test_escape.py",
    ),
    Sabotage(
        "star crosses a slash",
        "a rule is never wider than it reads",
        "fsm/drivers/rules.py",
        '"*": "[^/]*"',
        '"*": ".*"',
        "tests/fsm/drivers/test_rules.py",
    ),
    Sabotage(
        "two dots in a path",
        "a rule is never wider than it reads",
        "fsm/drivers/rules.py",
        'if ".." in value.split("/"):',
        'if value == "..":',
        "tests/fsm/drivers/test_rules.py",
    ),
    Sabotage(
        "wall clock believed",
        "a gate that expired stays expired",
        "fsm/drivers/clock.py",
        "self._at = max(self._told(), self._at + since)",
        "self._at = self._told()",
        "tests/fsm/drivers/test_clock.py",
    ),
    Sabotage(
        "other arguments than approved",
        "a yes means exactly what was shown",
        "fsm/drivers/memory.py",
        "if arguments_digest(planned) == call.arguments:",
        "if planned:",
        "tests/fsm/drivers/test_memory.py",
    ),
    Sabotage(
        "verdict about something else",
        "a yes means exactly what was shown",
        "fsm/drivers/decisions.py",
        "if verdict.digest != digest_of(snapshot, gate):",
        "if not verdict.digest:",
        "tests/fsm/drivers/test_decisions.py",
    ),
    Sabotage(
        "fallback asks nobody",
        "nothing irreversible happens unasked",
        "fsm/drivers/facts.py",
        "asks, rule = self._fallback(command)",
        'asks, rule = False, "any"',
        "tests/fsm/drivers/test_facts.py",
    ),
    Sabotage(
        "result cut",
        "stored bytes are the tool's bytes",
        "fsm/drivers/facts.py",
        'result = text("result", outcome.text)',
        'result = text("result", outcome.text[:4096])',
        "tests/fsm/drivers/test_facts.py",
    ),
)

SABOTAGES = (*KERNEL, *STORE, *DRIVER)
