"""`detent demo`: the story goes as told, touches nothing of the person's, and fails loudly when it does not."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detent.fsm.cli.demo_stage import Stage
from detent.fsm.cli.demo_story import TURNS, write_story
from detent.fsm.cli.demo_tale import Tale
from detent.fsm.cli.manners import Manners
from detent.states.errors import InternalError
from tests.servers.ollama import OllamaServer, both_paths

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home, whose `tmp` takes the demo's folders."""
    (tmp_path / "tmp").mkdir()
    return tmp_path


def environment(home: Path, **more: str) -> dict[str, str]:
    """What the demo's process sees: nothing of the person's, a home that can be looked into."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DETENT", "OLLAMA"))}
    ours = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "DETENT_DB": str(home / "own.db")}
    return {**kept, **ours, "PYTHONPATH": str(ROOT), **more}


def demo(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `detent demo` to its end, with nobody at the keyboard."""
    return subprocess.run(
        [sys.executable, "-m", "detent", "demo", *words],
        cwd=home,
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_unattended_it_ends_well_and_leaves_nothing_behind(home: Path) -> None:
    """Nobody is asked, the story is on stdout, nothing is paid twice, and the person's machine is as it was."""
    began = time.monotonic()

    done = demo(home, "--unattended")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "2 payments, 1 kill, 1 doubt asked: nothing was paid twice." in done.stdout
    assert "unattended, so the demo answers: approve" in done.stdout
    assert "unattended, so the demo answers: happened" in done.stdout
    assert [path.name for path in home.rglob("*")] == ["tmp"]
    assert time.monotonic() - began < 30, "ten seconds on a quiet machine"


def test_json_is_one_document_that_says_what_happened(home: Path) -> None:
    """A program gets every step with its exit code, the kill, and the payments with their keys."""
    done = demo(home, "--unattended", "--json")

    told = json.loads(done.stdout)
    assert (told["exit"], told["state"], told["kills"], told["folder"]) == (0, "DONE", 1, None)
    assert (told["asked"], told["answered"]) == ({"approval": 1, "doubt": 1}, {"approve": 1, "happened": 1})
    assert [step["exit"] for step in told["steps"]] == [0, 3, -9, 4, 0, 0]
    assert [(one["amount"], one["payee"]) for one in told["payments"]] == [
        ("38", "Waterworks"),
        ("950", "Landlord"),
    ]
    assert len({one["key"] for one in told["payments"]}) == 2
    assert told["not_shown"] == []


def test_kept_it_says_where_and_the_run_can_be_looked_at(home: Path) -> None:
    """With --keep the folder stays, and the command that is printed shows the run in it."""
    done = demo(home, "--unattended", "--keep")

    assert done.returncode == 0, done.stderr
    shown = next(line.split() for line in done.stdout.splitlines() if line.startswith("  detent show"))
    looked = subprocess.run(
        [sys.executable, "-m", *shown, "--json"],
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(looked.stdout)["state"] == "DONE"
    assert not (home / "own.db").exists()


def test_quiet_says_nothing_and_its_exit_code_says_all(home: Path) -> None:
    """With --quiet a demo that ends well prints nothing."""
    (home / "shy.json").write_text(json.dumps(["I would rather not."]))

    done = demo(home, "--unattended", "--quiet", "--model", "script:shy.json")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "said"), [((), "--unattended"), (("--unattended", "--db", "x.db"), "--db")]
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    home: Path, words: tuple[str, ...], said: str
) -> None:
    """With nobody to ask, or with a database of the person's, it is a usage error and no folder is made."""
    done = demo(home, *words)

    assert done.returncode == 2
    assert said in done.stderr
    assert list((home / "tmp").iterdir()) == []


def test_a_tale_that_goes_another_way_is_an_error(tmp_path: Path) -> None:
    """If the scripted story does not go as told, the demo says what is missing and fails."""
    stage = Stage(tmp_path, PATIENCE)
    stage.folder.mkdir()
    write_story(stage.folder, "")
    (stage.folder / "turns.json").write_text(json.dumps(["I would rather not."]))
    manners = Manners()
    manners.quiet = True

    with pytest.raises(InternalError, match="a kill in the middle of a payment") as caught:
        Tale(manners, stage, "", unattended=True).play()

    assert caught.value.exit_code == 70


def test_a_payment_made_twice_unasked_is_an_error_whatever_the_model(tmp_path: Path) -> None:
    """The ledger is the judge: one key in it twice fails the demo, also with a real model."""
    stage = Stage(tmp_path, PATIENCE)
    stage.folder.mkdir()
    (tmp_path / "turns.json").write_text(json.dumps(TURNS))
    write_story(stage.folder, f"script:{tmp_path / 'turns.json'}")
    agent = stage.folder / "agent.py"
    agent.write_text(
        agent.read_text().replace("os.write(ledger, line.encode())", "os.write(ledger, line.encode() * 2)")
    )
    manners = Manners()
    manners.quiet = True

    with pytest.raises(InternalError, match="twice, and nobody asked for that"):
        Tale(manners, stage, f"script:{tmp_path / 'turns.json'}", unattended=True).play()


def test_another_model_may_go_its_own_way_and_the_demo_says_what_it_could_not_show(home: Path) -> None:
    """With --model the tale adapts: nothing is pretended, what was not shown is listed, the exit code is the run's."""
    (home / "shy.json").write_text(json.dumps(["I would rather not."]))

    done = demo(home, "--unattended", "--model", "script:shy.json")

    assert done.returncode == 0, done.stderr
    assert "not shown, since the model went its own way: a kill in the middle of a payment" in done.stdout
    assert "0 payments, 0 kills, 0 doubts asked" in done.stdout


def test_a_real_model_server_plays_the_same_story(ollama_server: OllamaServer, home: Path) -> None:
    """The same story with a model on a real Ollama server shows all of it."""
    model, _ = both_paths(ollama_server, home / "tmp", list(TURNS), "demo")

    done = demo(home, "--unattended", "--json", "--model", f"ollama:{model}", OLLAMA_HOST=ollama_server.host)

    told = json.loads(done.stdout)
    assert (done.returncode, told["state"], told["kills"], told["not_shown"]) == (0, "DONE", 1, [])
    assert told["model"] == f"ollama:{model}"


def test_without_a_server_a_real_model_is_69(home: Path) -> None:
    """A server that is not there ends the demo with the code a run would leave with, and nothing stays behind."""
    done = demo(home, "--unattended", "--model", "ollama:any", OLLAMA_HOST="http://127.0.0.1:9")

    assert done.returncode == 69, done.stdout + done.stderr
    assert "127.0.0.1:9" in done.stderr
    assert list((home / "tmp").iterdir()) == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGHUP])
def test_interrupted_it_clears_up(home: Path, sent: signal.Signals) -> None:
    """A signal in the middle ends the process that was started, removes the folder, and leaves with 130."""
    process = subprocess.Popen(
        [sys.executable, "-m", "detent", "demo", "--unattended"],
        cwd=home,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_until(lambda: any((home / "tmp").rglob("runs.db")))
    process.send_signal(sent)

    process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert list((home / "tmp").iterdir()) == []
    assert list(_alive(home)) == []


def _alive(home: Path) -> Iterator[str]:
    """The processes that were started for a home, where the system tells."""
    mark = f"HOME={home}\0".encode()
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (place / "environ").read_bytes():
                yield place.name


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# At a terminal --------------------------------------------------------------------------------------------------


class Terminal:
    """The demo on a terminal of its own, and a person who types when asked."""

    def __init__(self, home: Path) -> None:
        self._master, slave = pty.openpty()
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "detent", "demo"],
            cwd=home,
            env=environment(home, TERM="dumb"),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def asked(self) -> bool:
        """Read on; whether a question stands there, and not the end."""
        before = self.said.count("] > ")
        deadline = time.monotonic() + PATIENCE
        while self.said.count("] > ") == before:
            assert time.monotonic() < deadline, self.said
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    piece = os.read(self._master, 65536)
                except OSError:
                    return False
                self.said += piece.decode(errors="replace")
        return True

    def type(self, text: str) -> None:
        """Type a line, a moment after the question stands there."""
        time.sleep(0.1)
        os.write(self._master, f"{text}\n".encode())

    def close(self) -> int:
        """Its exit code."""
        os.close(self._master)
        return self.process.wait(timeout=PATIENCE)


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    """The demo on a terminal."""
    made = Terminal(home)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (("y", "h the bank says so"), 0, "2 payments, 1 kill, 1 doubt asked: nothing was paid twice."),
        (("no, not yet", "n", "h"), 0, "1 payment, 1 kill, 1 doubt asked: nothing was paid twice."),
        (("y", "r"), 0, "paid again because you said it had not happened"),
        (("y", "q"), 3, "You left the question open."),
    ],
)
def test_at_a_terminal_the_person_decides(
    terminal: Terminal, typed: tuple[str, ...], code: int, said: str
) -> None:
    """Yes, no, it happened, run it again, leave it: each is done as said, and told truthfully at the end."""
    for line in typed:
        assert terminal.asked(), terminal.said
        terminal.type(line)
    assert not terminal.asked()

    assert said in terminal.said
    assert terminal.close() == code
