"""Exports: files that prove themselves, copies without secrets, and pages."""

from __future__ import annotations

import asyncio
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.fsm.drivers.branching import Wish, fork
from detent.fsm.drivers.exporting import FORM, _record_of, _sections, export_lines, import_lines
from detent.fsm.drivers.face import resume_sync, run_sync
from detent.fsm.drivers.pages import page
from detent.fsm.drivers.redacting import redacted, secrets_of
from detent.fsm.drivers.replaying import replay
from detent.fsm.drivers.settle import cancel
from detent.states import BadValue, ConfigError, IntegrityError, UsageError, VersionMismatch
from detent.store import RunRecord, Store
from detent.tools import tool

from .rig import Rig, call, rig

SECRET = "-".join(["hunter2"] * 2)


@tool(effect="once")
def act(n: int, key: str) -> str:
    """Act."""
    return f"used {key} {n} times"


@tool(effect="read")
def look(key: str) -> str:
    """Look, in vain."""
    raise OSError(f"{key} is wrong")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """A run with gates, an edit, a denial, failures and a secret everywhere, and a fork of it."""
    turns = [
        [call("look", key=SECRET), call("look", key="other")],
        call("act", n=1, key=SECRET),
        call("act", n=2, key=f"x{SECRET}y"),
        f"The key was {SECRET}.",
    ]
    made = rig(tmp_path_factory.mktemp("made"), turns, act, look, instructions=f"Never say {SECRET}.")
    run = made.run(name=f"name {SECRET}")
    made.decide(run, "edit", json.dumps({"n": 7, "key": SECRET}))
    run = made.resume(run)
    made.decide(run, "deny", f"not with {SECRET}")
    run = made.resume(run)
    assert run.state == "DONE"
    wish = Wish(edits=(("goal", f"Use {SECRET}."),))
    asyncio.run(fork(f"{run.id}@4", wish, agent=made.agent, store=made.store, folder=made.folder))
    return made


def ids(made: Rig) -> tuple[str, str]:
    """The run and its fork."""
    with Store.open(made.store, mode="read") as store:
        second, first = (one.id for one in store.runs())
    return first, second


def lines_of(made: Rig, which: int = 1) -> list[str]:
    """The file of a run."""
    with Store.open(made.store, mode="read") as store:
        return list(export_lines(store, ids(made)[which]))


@pytest.mark.parametrize("which", [0, 1])
def test_an_imported_run_is_the_run(made: Rig, tmp_path: Path, which: int) -> None:
    """Click for click and text for text, with all it came from; a second time changes nothing."""
    run = ids(made)[which]
    lines = lines_of(made, which)
    with Store.open(made.store, mode="read") as store, Store.open(tmp_path / "new.db") as new:
        done = import_lines(new, lines)
        assert done.run == run
        assert len(done.written) == which + 1
        assert list(new.clicks(run)) == list(store.clicks(run))
        assert new.messages(run) == store.messages(run)
        assert new.decisions(run) == store.decisions(run)
        assert evolve(new.record(run), labels=()) == store.record(run)
        assert new.record(run).labels == ("imported",)
        assert new.verify() == []
        assert replay(new, run).divergence is None
        assert import_lines(new, lines).written == ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_with_one_changed_byte_is_refused(made: Rig, tmp_path: Path, data: st.DataObject) -> None:
    """Wherever it is; and nothing is written."""
    lines = lines_of(made)
    number = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[number]) - 1))
    other = chr(ord(lines[number][place]) ^ data.draw(st.sampled_from([1, 2, 4, 8])))
    lines[number] = lines[number][:place] + other + lines[number][place + 1 :]
    with Store.open(tmp_path / "new.db") as new:
        with pytest.raises((BadValue, IntegrityError, VersionMismatch)):
            import_lines(new, lines)
        assert new.runs() == []


@pytest.mark.parametrize("keep", [0, 1, 2, 7, -1])
def test_a_file_that_was_cut_is_refused(made: Rig, tmp_path: Path, keep: int) -> None:
    """Also where it was cut between two lines; nothing at all is no export."""
    with Store.open(tmp_path / "new.db") as new:
        with pytest.raises(IntegrityError if keep else BadValue):
            import_lines(new, lines_of(made)[:keep])
        assert new.runs() == []


def test_a_file_of_a_newer_form_is_refused(made: Rig, tmp_path: Path) -> None:
    """It says which version can read it."""
    lines = lines_of(made)
    lines[0] = lines[0].replace(f'"form":{FORM}', '"form":99')
    with Store.open(tmp_path / "new.db") as new, pytest.raises(VersionMismatch, match="newer"):
        import_lines(new, lines)


def test_a_forged_click_is_refused_though_its_file_is_whole(made: Rig, tmp_path: Path) -> None:
    """The digest at the end proves nothing of what is inside; the chains do."""
    lines = [line.replace(" times", " tomes") for line in lines_of(made, 0)]
    assert lines != lines_of(made, 0)
    total = hashlib.sha256("".join(f"{line}\n" for line in lines[:-1]).encode()).hexdigest()
    lines[-1] = json.dumps({"end": f"sha256:{total}"})
    with Store.open(tmp_path / "new.db") as new, pytest.raises(IntegrityError, match="not what was exported"):
        import_lines(new, lines)


def test_what_an_imported_run_says_of_its_agent_is_not_believed(made: Rig, tmp_path: Path) -> None:
    """The file it names is not loaded before somebody names it again; nor that of a fork of it."""
    agent = tmp_path / "agent.py"
    agent.write_text("raise SystemExit('loaded')")
    first, _ = ids(made)
    with Store.open(made.store, mode="read") as store:
        lines = list(export_lines(store, first, 3))
    foreign = tmp_path / "foreign.db"
    with Store.open(tmp_path / "theirs.db") as theirs:
        record = evolve(theirs_record(lines), origin={"file": str(agent)})
        section = _sections([json.loads(line) for line in lines[1:-1]])
        theirs.begin(record, next(iter(section)).writes[0])
        again = list(export_lines(theirs, record.id))
    with Store.open(foreign) as new:
        import_lines(new, again)
        for go in (resume_sync, lambda run, store: asyncio.run(fork(run, store=store))):
            with pytest.raises(ConfigError, match="was imported"):
                go(record.id, store=new)
        made_fork = asyncio.run(fork(record.id, agent=made.agent, store=new, park=True))
        with pytest.raises(ConfigError, match="was imported"):
            resume_sync(made_fork.id, store=new)


def theirs_record(lines: list[str]) -> RunRecord:
    """The record of a file."""
    return _record_of(json.loads(lines[1])["record"])


def test_a_run_that_went_on_otherwise_is_not_overwritten(made: Rig, tmp_path: Path) -> None:
    """Up to where both are the same it is brought up to date; where they differ it is refused."""
    first, _ = ids(made)
    with Store.open(made.store, mode="read") as store, Store.open(tmp_path / "new.db") as new:
        import_lines(new, list(export_lines(store, first, 3)))
        assert new.last(first) == 3
        import_lines(new, list(export_lines(store, first)))
        assert new.last(first) == store.last(first)
        assert new.verify() == []
    shorter = Rig(tmp_path, made.agent)
    with Store.open(made.store, mode="read") as store, Store.open(shorter.store) as other:
        import_lines(other, list(export_lines(store, first, 4)))
    with Store.open(shorter.store) as other:
        cancel(other, first)
        with Store.open(made.store, mode="read") as store, pytest.raises(UsageError, match="otherwise"):
            import_lines(other, list(export_lines(store, first)))


@pytest.mark.parametrize("which", [0, 1])
def test_a_copy_without_secrets_is_as_sound_as_the_run(made: Rig, tmp_path: Path, which: int) -> None:
    """No byte of the secret is left anywhere, and it verifies, replays and is imported like any run."""
    run = ids(made)[which]
    secrets = secrets_of(["KEY"], [], {"KEY": SECRET})
    with Store.open(made.store, mode="read") as store, Store.open(tmp_path / "copy.db") as copy:
        new = redacted(store, run, store.last(run), secrets, copy)
        assert copy.verify() == []
        assert all(replay(copy, one.id).divergence is None for one in copy.runs())
        lines = list(export_lines(copy, new, replaced=secrets.names))
        assert [row.event for row in copy.timeline(new)] == [row.event for row in store.timeline(run)]
        assert copy.record(new).origin["redacted"] == ["KEY"]
    assert not any(SECRET in line for line in lines)
    assert any("[KEY]" in line for line in lines)
    assert not any(SECRET.encode() in one.read_bytes() for one in tmp_path.iterdir() if one.is_file())
    with Store.open(tmp_path / "new.db") as again:
        assert import_lines(again, lines).run == new


def test_patterns_are_replaced_too(made: Rig, tmp_path: Path) -> None:
    """By what they are called, and the copy still proves itself."""
    run, _ = ids(made)
    with Store.open(made.store, mode="read") as store, Store.open(tmp_path / "copy.db") as copy:
        new = redacted(store, run, store.last(run), secrets_of([], [r"hunter\d"], {}), copy)
        assert replay(copy, new).divergence is None
        assert not any("hunter2" in line for line in export_lines(copy, new))


@tool(effect="read")
def pin(number: int) -> str:
    """Tell a number and a text, as JSON."""
    return json.dumps({"number": number, "said": SPOKEN})


SPOKEN = 'quo"ted\nhünterzz'


@pytest.mark.parametrize(
    ("secret", "trace"),
    [("987654321", "987654321"), (SPOKEN, "nterzz"), (SECRET, SECRET[:7]), (f"label-{SECRET}", "label-")],
    ids=["number", "in JSON", "cut", "label"],
)
def test_a_secret_is_found_in_every_form(tmp_path: Path, secret: str, trace: str) -> None:
    """As a number, escaped in a tool's JSON, cut at the end of a goal that lists show, and in a label."""
    made = rig(tmp_path, [call("pin", number=987654321), "Done."], pin)
    run = run_sync(made.agent, "g" * 192 + SECRET, store=made.store, folder=made.folder)
    with Store.open(made.store) as store, Store.open(tmp_path / "copy.db") as copy:
        store.label(run.id, f"label-{SECRET}")
        secrets = secrets_of(["KEY"], [], {"KEY": secret})
        new = redacted(store, run.id, store.last(run.id), secrets, copy)
        assert replay(copy, new).divergence is None
        lines = list(export_lines(copy, new))
    assert not any(trace in line for line in lines)


@pytest.mark.parametrize("pattern", ["calls", r"\d+", ".+"])
def test_a_pattern_that_means_the_machines_own_words_is_refused(
    made: Rig, tmp_path: Path, pattern: str
) -> None:
    """The run is sound; it is the pattern that says too much."""
    run, _ = ids(made)
    secrets = secrets_of([], [pattern], {})
    with (
        Store.open(made.store, mode="read") as store,
        Store.open(tmp_path / "copy.db") as copy,
        pytest.raises(UsageError, match="machine itself"),
    ):
        redacted(store, run, store.last(run), secrets, copy)


@pytest.mark.parametrize(
    ("names", "patterns"), [(["NOT_SET"], []), (["SHORT"], []), ([], ["("]), ([], ["a*"])]
)
def test_what_cannot_be_a_secret_is_refused(names: list[str], patterns: list[str]) -> None:
    """It would replace nothing, or everything."""
    with pytest.raises(UsageError):
        secrets_of(names, patterns, {"SHORT": "abc"})


class Reader(HTMLParser):
    """Collects what a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        """Text."""
        self.text += data


def test_a_page_has_everything_and_loads_nothing(tmp_path: Path) -> None:
    """What a model wrote is text in it, whatever it is; scripts and connections are forbidden."""
    evil = "<script>alert(1)</script>\x1b[2J & more"
    made = rig(tmp_path, [call("look", key=evil), evil], look)
    run = made.run()
    with Store.open(made.store, mode="read") as store:
        written = page(store, run.id, run.snapshot.seq, lambda said: said.replace("\x1b", "\\x1b"))
    read = Reader()
    read.feed(written)

    assert "script" not in read.tags
    assert read.links == []
    assert "default-src 'none'" in written
    assert "<script>alert(1)</script>" in read.text
    assert "\x1b" not in written
    assert {"table", "svg", "pre"} <= set(read.tags)
    assert run.id in read.text


@pytest.mark.parametrize("created", ["abc", 10**30])
def test_a_forged_time_is_refused(made: Rig, tmp_path: Path, created: object) -> None:
    """Also one that no database can hold."""
    lines = [json.loads(line) for line in lines_of(made, 0)[:-1]]
    lines[1]["record"]["created"] = created
    written = [json.dumps(one) for one in lines]
    total = hashlib.sha256("".join(f"{line}\n" for line in written).encode()).hexdigest()
    with Store.open(tmp_path / "new.db") as store, pytest.raises(IntegrityError):
        import_lines(store, [*written, json.dumps({"end": f"sha256:{total}"})])
