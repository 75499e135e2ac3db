"""Nothing raw: whatever models, tools, people and files write, no verb brings it to a terminal as it is.

A hundred texts by default; $DETENT_RAW_TEXTS says how many, for longer.
"""

from __future__ import annotations

import os
import pty
import sqlite3
import threading
from random import Random

import pytest

from detent.states import State

from .kit import Place, call

TEXTS = int(os.environ.get("DETENT_RAW_TEXTS", "100"))
BATCH = 100  # texts in one run
SEED = 20_261_120

SEQUENCES = (
    "\x1b[2J", "\x1b[1;1H", "\x1b[38;5;199m", "\x1b]0;title\x07", "\x1b]8;;http://evil.example\x1b\\", "\x1b]52;c;ZXZpbA==\x07",
    "\x1bP1$r\x1b\\", "\x1b_G\x1b\\", "\x1bc", "\x1b(0", "\x9b31m", "\x9d0;t\x9c", "\x90q\x9c", "\x85", "\x84", "\x8d",
    "\x07", "\x08\x08\x08", "\x0b", "\x0c", "\r", "\r\x1b[K", "\x7f", "\x00", "\x0e", "\x0f", "\x1a", "\x05",
    "\u202e", "\u202d", "\u202a", "\u202b", "\u202c", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c",
    "\u200b", "\u200c", "\u200d", "\u2060", "\u2061", "\u2064", "\ufeff", "\u00ad", "\u034f", "\u180e", "\u115f", "\u3164", "\uffa0",
    "\ufe00", "\ufe0e", "\U000e0100", "\U000e0001", "\U000e0041\U000e0042\U000e007f", "\u2028", "\u2029", "\ufff9\ufffa\ufffb", "\U0001d173",
)  # fmt: skip
LINES = ("\n", "\r\n", "\n\n", "\u2028", "\n" + " " * 3)
FAKE = "IMITATED"  # stands at the beginning of a line that nobody of us wrote
EVENTS = {
    "PlanMade",
    "PlanRefused",
    "ToolReturned",
    "Denied",
    "Told",
    "Answered",
}  # that every run of these texts takes
MARKS = frozenset(mark for mark in "".join(SEQUENCES) if not " " <= mark <= "~")


def _text(chance: Random) -> str:
    """Words with something between them that no terminal should get."""
    parts = [
        chance.choice(("pay", "Rechnung", "多", "ok", "\U0001f600", "")) for _ in range(chance.randint(1, 3))
    ]
    made = "".join(part + chance.choice(SEQUENCES) for part in parts)
    return made + (chance.choice(LINES) + f"{FAKE} DONE" if chance.random() < 0.5 else "")


def _shown(place: Place, *words: str, **env: str) -> str:
    """What a terminal gets from a command, stripped of nothing; colours are off, so no sequence is ours."""
    ours, theirs = pty.openpty()
    got: list[bytes] = []

    def read() -> None:
        try:
            while piece := os.read(ours, 65536):
                got.append(piece)
        except OSError:  # the other end is closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    variables = place.environment | {"NO_COLOR": "1", "COLUMNS": "100", "OLLAMA_HOST": "127.0.0.1:9"} | env
    with os.fdopen(theirs, "r+b", buffering=0) as terminal:
        assert place.zygote is not None
        place.zygote.run(words, place.folder, variables, (terminal, terminal, terminal), 60)
    reader.join(timeout=20)
    os.close(ours)
    return b"".join(got).decode("utf-8").replace("\r\n", "\n")


def _judge(words: tuple[str, ...], shown: str) -> None:
    """Nothing that hides or moves, and no line that imitates ours."""
    found = {mark for mark in shown if mark in MARKS or (ord(mark) < ord(" ") and mark not in "\n\t")}
    assert not found, f"{words[:1]} shows {found}: {shown[:3000]!r}"
    imitated = [line for line in shown.splitlines() if line.strip().startswith(FAKE)]
    assert not imitated, f"{words[:1]} shows {imitated}: {shown[:3000]!r}"


def _played(place: Place, texts: list[str], number: int) -> None:
    """Every verb about a run in which everybody wrote such texts."""
    third = len(texts) // 3
    evil, more, last = texts[:third], texts[third : 2 * third], texts[2 * third :]
    joined = "".join(evil)
    agent = place.agent(
        {"content": joined, "thinking": joined, "tool_calls": [call("look", thing=one) for one in evil[:8]]},
        {"content": "".join(more), "tool_calls": [call(more[0], **{more[1]: 1}), call("look", thing=1)]},
        {"content": "".join(more), "tool_calls": [call("look", thing="".join(more)), call("pay", amount=7)]},
        call("ask_person", question="".join(last)),
        "x" + "".join(last).replace(FAKE, "").replace("\n", ""),
    )
    name = f"run{number}"
    goal = "Go. " + "".join(evil)
    verbs: list[tuple[str, ...]] = [
        ("run", goal, "-a", agent, "--name", name, "--no-input", "--plain", "-v", "--yes", f"look(thing=={_json(last[0])})"),
        ("show", name), ("log", name), ("runs",), ("show", f"{name}@3"), ("show", name, "--json"), ("log", name, "--json"), ("runs", "--json"), ("why", name), ("replay", name),
        ("deny", name, "--reason", "".join(last), "--resume", "--no-input", "--plain"),
        ("tell", name, "".join(more)),
        ("show", name), ("log", name), ("diff", f"{name}@1", f"{name}@3"), ("why", f"{name}@1"),
        ("answer", name, "".join(evil), "--resume", "--no-input", "--plain"),
        ("show", name), ("log", name), ("runs",), ("verify", name),
    ]  # fmt: skip
    for words in verbs:
        _judge(words, _shown(place, *(word.replace("\0", "\x01") for word in words)))
    assert place.head().state is State.DONE
    assert {one.event for one in place.clicks()} >= EVENTS
    for one in (one.replace("\0", "\x01") for one in texts[number % 7 :: 7]):
        wrong: list[tuple[str, ...]] = [
            (one,), ("show", one), ("approve", name, one), ("run", "x", "-a", one), ("--db", one, "verify"),
            ("run", "x", "-m", one), ("run", "x", "-a", agent, "--yes", one), ("run", "x", "-a", agent, "--limit", f"{one}=1"),
            ("edit", name, "--arguments", one), ("runs", f"--{one}"), ("verify", name, "--expect", one), ("why", f"{name}@{one}"), ("diff", name, one), ("runs", "--state", one),
        ]  # fmt: skip
        words = wrong[Random(one).randrange(len(wrong))]
        _judge(words, _shown(place, *words))
    completing = {"_DETENT_COMPLETE": "zsh_complete", "COMP_WORDS": "detent show ", "COMP_CWORD": "2"}
    _judge(("completion",), _shown(place, **completing))


def _json(text: str) -> str:
    return '"' + "".join(f"\\u{ord(mark):04x}" for mark in text if ord(mark) < 0x10000) + '"'


@pytest.mark.parametrize("number", range(-(-TEXTS // BATCH)))
def test_no_verb_shows_anything_raw(place: Place, number: int) -> None:
    """Sequences, C1, bidi, zero-width, tags, separators and imitated lines reach a terminal as escapes, from any verb."""
    chance = Random(SEED + number)

    _played(place, [_text(chance) for _ in range(BATCH)], number)


def test_findings_are_shown_as_escapes(place: Place) -> None:
    """What somebody wrote into the file itself is escaped as well, where `verify` tells of it."""
    place.detent("run", "Hi.", "-m", place.script("Hello."))
    base = sqlite3.connect(place.environment["DETENT_DB"])
    guards = base.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        base.execute(f"DROP TRIGGER {name}")
    base.execute("UPDATE object SET kind = ? WHERE kind = 'goal'", ("".join(SEQUENCES).replace("\0", ""),))
    base.execute("UPDATE run SET goal = ?, name = ?", ("".join(SEQUENCES) + f"\n{FAKE}", f"\x1b[2J\n{FAKE}"))
    for _, sql in guards:
        base.execute(sql)
    base.commit()
    base.close()

    for words in (
        ("verify",),
        ("verify", "last"),
        ("runs",),
        ("show", "last"),
        ("log", "last"),
        ("backup", "\x1b[2Jcopy.db"),
    ):
        shown = _shown(place, *words)
        assert shown
        _judge(words, shown)
