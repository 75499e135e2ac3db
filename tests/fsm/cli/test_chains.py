"""A fork of a fork of a fork ...: however long the chain, every verb works, and none costs its square."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from detent.fsm.cli.main import main
from detent.fsm.drivers.decisions import cancel_fact, note_fact
from detent.fsm.drivers.differing import compare
from detent.fsm.drivers.exporting import export_lines, import_lines
from detent.fsm.drivers.following import tree
from detent.fsm.drivers.forking import Wanted, fork_run
from detent.fsm.drivers.journal import load
from detent.fsm.drivers.prompts import prompt_view
from detent.fsm.drivers.pruning import plan
from detent.fsm.drivers.recordings import Mode, recordings_of
from detent.fsm.drivers.redacting import redacted, secrets_of
from detent.fsm.drivers.replaying import replay
from detent.fsm.drivers.timeline import log_views
from detent.fsm.drivers.views import click_view
from detent.states.codec import decode_spec
from detent.store import Store

from .kit import Place, call
from .zygote import Zygote

LONG, SHORT = 1200, 300
PATIENCE = 20.0  # seconds a verb may take here, under any load


@frozen
class Chain:
    """A run and its forks, one below the other.

    Args:
        place: where it lies
        runs: the runs, the oldest first
    """

    place: Place
    runs: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The database."""
        return Path(self.place.environment["DETENT_DB"])


def chained(place: Place, length: int) -> Chain:
    """Every fork is told something, is cancelled, and is forked where it ended."""
    with Store.open(place.environment["DETENT_DB"]) as store:
        original = store.find("last")
        runs = [original]
        wanted = Wanted(
            spec=decode_spec(store.spec(original)), mode=Mode.RECORDED, origin=store.record(original).origin
        )
        for number in range(length):
            runs.append(fork_run(store, runs[-1], store.last(runs[-1]), wanted))
            journal = load(store, runs[-1])
            journal.take(note_fact(journal.head, f"note {number}", journal.head.at))
            journal.take(cancel_fact(journal.head, "tester", journal.head.at))
            journal.commit()
    return Chain(place, tuple(runs))


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> dict[int, Chain]:
    """A long chain and one of a quarter of its length, each in a place of its own."""
    made = {}
    for length in (SHORT, LONG):
        place = Place(tmp_path_factory.mktemp(f"chain{length}"), zygote)
        agent = place.agent(call("look", thing="a"), "Seen.")
        assert place.detent("run", "Look.", "-a", agent, "-q").code == 0
        made[length] = chained(place, length)
    return made


VERBS: tuple[tuple[str, ...], ...] = (
    ("show", "RUN"),
    ("show", "RUN@0", "--full"),
    ("log", "RUN"),
    ("log", "RUN", "--follow"),
    ("log", "RUN", "--tree"),
    ("log", "RUN", "--tree", "--json"),
    ("graph", "RUN"),
    ("why", "RUN@1"),
    ("diff", "RUN", "FIRST"),
    ("diff", "RUN", "MIDDLE", "--json"),
    ("replay", "RUN"),
    ("verify", "RUN"),
    ("bisect", "RUN", "--where", "seq > 1"),
    ("export", "RUN", "-o", "NEW.jsonl"),
    ("export", "RUN", "-o", "NEW.html"),
    ("prune", "--older", "0m", "--dry-run"),
    ("runs",),
    ("stats",),
)
FORKS: tuple[tuple[str, ...], ...] = (("--park",), ("--edit", "0=Look again.", "--park"), ("--quiet",))


@pytest.mark.parametrize("words", VERBS, ids=lambda words: "-".join(words).replace("@", ""))
def test_every_verb_works_on_a_chain_of_1200_forks(
    chains: dict[int, Chain],
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It gives what was asked for, in reasonable time."""
    chain = chains[LONG]
    named = {"RUN": chain.runs[-1], "FIRST": chain.runs[0], "MIDDLE": chain.runs[LONG // 2]}
    monkeypatch.setenv("DETENT_DB", str(chain.path))
    monkeypatch.chdir(chain.path.parent)
    asked = [word.replace("NEW", str(tmp_path / "new")) for word in words]
    for name, run in named.items():
        asked = [word.replace(name, run) for word in asked]
    began = time.monotonic()

    code = main(asked)

    assert (code, capsys.readouterr().err.count("detent:")) == (0, 0)
    assert time.monotonic() - began < PATIENCE


@pytest.mark.parametrize("words", FORKS, ids=lambda words: words[0])
def test_the_last_of_1200_forks_is_forked_again(chains: dict[int, Chain], words: tuple[str, ...]) -> None:
    """Parked, with its first message changed, or driven to its end with what the whole chain has recorded."""
    chain = chains[LONG]
    began = time.monotonic()

    made = chain.place.detent("fork", f"{chain.runs[-1]}@0", *words)

    assert (made.code, made.err.count("detent:")) == (0, 0)
    assert time.monotonic() - began < PATIENCE


@contextmanager
def counted(*stores: Store) -> Iterator[Callable[[], int]]:
    """How many steps SQLite takes meanwhile, in hundreds."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    for store in stores:
        store._connection.raw.set_progress_handler(step, 100)
    yield lambda: taken
    for store in stores:
        store._connection.raw.set_progress_handler(None, 100)


def exported(store: Store, run: str, folder: Path) -> object:
    """Out of the file, and into another."""
    lines = list(export_lines(store, run))
    with Store.open(folder / "other.db") as other:
        return import_lines(other, lines)


def clean(store: Store, run: str, folder: Path) -> object:
    """A copy without secrets."""
    with Store.open(folder / "clean.db") as other:
        return redacted(store, run, store.last(run), secrets_of([], ["nothing[0-9]"], {}), other)


WORK: dict[str, Callable[[Store, Chain, Path], Any]] = {
    "show": lambda store, chain, _: click_view(store, chain.runs[-1], 0),
    "prompt": lambda store, chain, _: prompt_view(store, chain.runs[-1], 2),
    "log": lambda store, chain, _: list(log_views(store, chain.runs[-1])),
    "tree": lambda store, chain, _: tree(store, chain.runs[-1]),
    "diff": lambda store, chain, _: compare(store, (chain.runs[-1], 2), (chain.runs[0], 4)),
    "replay": lambda store, chain, _: replay(store, chain.runs[-1]),
    "recordings": lambda store, chain, _: recordings_of(store, chain.runs[-1]),
    "export": lambda store, chain, folder: exported(store, chain.runs[-1], folder),
    "redact": lambda store, chain, folder: clean(store, chain.runs[-1], folder),
    "prune": lambda store, _chain, _folder: plan(store, 2**60, 0),
}


@pytest.mark.parametrize("name", WORK)
def test_nothing_costs_the_square_of_a_chain(chains: dict[int, Chain], name: str, tmp_path: Path) -> None:
    """Four times as many forks take about four times as many steps of SQLite, not sixteen."""
    steps: dict[int, int] = {}
    for length, chain in chains.items():
        folder = tmp_path / str(length)
        folder.mkdir()
        with Store.open(chain.path, mode="read") as store, counted(store) as taken:
            WORK[name](store, chain, folder)
            steps[length] = taken()

    assert steps[LONG] <= 6 * (steps[SHORT] + 10)
