"""Take-overs: a run that ends every driver at one click is left parked, and goes on when a person says so."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from detent.fsm.drivers.decisions import note_fact
from detent.fsm.drivers.taking_over import MOST, taken_over
from detent.states.errors import ConfigError, InternalError
from detent.store import Store

from .making import NOW, Making, begun
from .rig import python, rig

DYING = """
import os, sys
from detent import Agent, resume_sync, run_sync, tool

@tool(effect="read")
def look() -> str:
    "Look, and take the program down, unless somebody has mended it."
    if not os.path.exists("mended"):
        os._exit(9)
    return "seen"

agent = Agent(model="script:turns.json", tools=[look])
run = sys.argv[1]
if run == "new":
    run_sync(agent, "Look.", store="runs.db")
else:
    print(resume_sync("last", agent=agent, store="runs.db", again=len(sys.argv) > 2).answer)
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Making]:
    """A run at click 0."""
    with Store.open(tmp_path / "runs.db") as store:
        yield begun(store)


def crashed(made: Making, times: int) -> None:
    """So many drivers that took the run at its head and did not live to say that they were done."""
    for _ in range(times):
        made.journal.store.driver_started(made.run, 1, "", "", made.journal.head.seq)


def test_a_run_that_ends_every_driver_is_left_parked(tmp_path: Path) -> None:
    """Killed by its own call at every take-over, the sixth is refused with 70, and a person can still go on."""
    made = rig(tmp_path, [{"name": "look", "arguments": {}}, "Done."])
    for words in (["new"], ["go"], ["go"]):
        process = python(tmp_path, DYING, *words)
        process.communicate(timeout=20)
        assert process.returncode == 9
    with Store.open(made.store) as store:
        run = store.find("last", str(tmp_path))
        assert store.takeovers(run) == 2
        for _ in range(MOST - 2):
            store.driver_started(run, 1, "", "", store.head(run).seq)

    process = python(tmp_path, DYING, "go")
    _, err = process.communicate(timeout=20)
    assert "InternalError" in err
    assert f"has ended {MOST} drivers at click 1 without getting any further" in err

    (tmp_path / "mended").touch()
    process = python(tmp_path, DYING, "go", "again")
    assert process.communicate(timeout=20)[0] == "Done.\n"


def test_the_sixth_says_so_with_its_exit_code(made: Making) -> None:
    """The refusal is exit 70, names the click, and says how to go on; nothing was begun."""
    crashed(made, MOST)
    with (
        pytest.raises(InternalError, match="left parked") as caught,
        taken_over(made.journal.store, made.journal.head),
    ):
        raise AssertionError
    assert caught.value.exit_code == 70
    assert "--again" in caught.value.hint
    assert made.journal.store.takeovers(made.run) == MOST
    with taken_over(made.journal.store, made.journal.head, again=True):
        record = made.journal.store.driver_of(made.run)
    assert record is not None
    assert (record.pid, record.head_seq) == (os.getpid(), 0)
    assert json.dumps([record.start_time, record.boot_id]).isascii()


def test_a_new_click_begins_a_new_count(made: Making) -> None:
    """Progress of any kind, a note even, makes the take-overs before it forgotten."""
    crashed(made, MOST)
    made.take(note_fact(made.journal.head, "It is mended.", NOW))
    with taken_over(made.journal.store, made.journal.head):
        assert made.journal.store.takeovers(made.run) == 1
    assert made.journal.store.takeovers(made.run) == 0


@pytest.mark.parametrize(("error", "counted"), [(ConfigError, 0), (KeyboardInterrupt, 0), (InternalError, 1)])
def test_an_end_in_order_is_not_counted(made: Making, error: type[BaseException], counted: int) -> None:
    """A driver that says why it ends has not crashed, unless what it met is a bug that the next one meets too."""
    with pytest.raises(error), taken_over(made.journal.store, made.journal.head):
        raise error("why")
    assert made.journal.store.takeovers(made.run) == counted


CRASHING = """
import os, sys
from detent import Agent, Limits, resume_sync, run_sync
from detent.fsm.drivers.local import Watcher
from detent.states.errors import DetentError

def say(kind, piece):  # a reply of the model is there, and nothing of it is durable yet
    with open("replies.txt", "a") as file:
        file.write("x")
    os._exit(9)

agent = Agent(model="script:turns.json", limits=Limits(tokens=1000))
try:
    if sys.argv[1] == "new":
        run_sync(agent, "Say it.", store="runs.db", watcher=Watcher(say=say))
    else:
        resume_sync("last", agent=agent, store="runs.db", watcher=Watcher(say=say))
except DetentError as error:
    print(error.exit_code, error)
"""


def test_a_crash_loop_is_bounded_and_other_runs_go_on(tmp_path: Path) -> None:
    """Five drivers may die at one click, `run` itself counted; the sixth asks the model nothing, and others go on."""
    made = rig(tmp_path, ["Something to say."])
    for number in range(MOST):
        process = python(tmp_path, CRASHING, "go" if number else "new")
        process.communicate(timeout=20)
        assert process.returncode == 9
    process = python(tmp_path, CRASHING, "go")
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out.startswith("70 ")
    assert "left parked" in out
    assert len((tmp_path / "replies.txt").read_text()) == MOST  # no more was asked of the model, or paid
    looped = made.head()
    assert (looped.state, looped.seq) == ("PLANNING", 0)
    assert made.run().state == "DONE"
    assert made.resume(looped.run, again=True).state == "DONE"
