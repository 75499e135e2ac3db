"""The store as a whole: against a model of plain dictionaries, against the kernel, and against its own law of SQL."""

import ast
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)

from detent import store as face
from detent.states import Busy, GateSettled, StoreError, Text, text
from detent.states.canonical import canonical
from detent.store import Branch, Click, Placed, RunRecord, Settled, Store, Write, new_run_id
from tests.store.making import NOW, begun, grow
from tests.store.test_patches import OBJECTS

SOURCES = sorted(Path(face.__file__).parent.glob("*.py"))
WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
STATES = st.sampled_from(["PLANNING", "EXECUTING", "DONE"])


@define
class Model:
    """What a run must be: plain lists and dictionaries."""

    record: RunRecord
    parent: "tuple[Model, int] | None" = None
    clicks: list[Click] = field(factory=list)
    body: dict[str, Any] = field(factory=dict)
    messages: dict[int, Placed] = field(factory=dict)
    extras: list[tuple[int, Text]] = field(factory=list)
    settled: dict[str, Settled] = field(factory=dict)

    def history(self, seq: int) -> dict[int, Text]:
        """The messages up to a click, the parent's below."""
        made = self.parent[0].history(self.parent[1]) if self.parent else {}
        return made | {place: one.text for place, one in self.messages.items() if one.seq <= seq}

    def take(self, write: Write) -> None:
        """What a commit does."""
        self.clicks += write.clicks
        self.body = json.loads(write.clicks[-1].whole)
        self.messages |= {one.position: one for one in write.messages}
        self.extras += write.extras
        self.settled |= {one.gate: one for one in write.settled}


class Runs(RuleBasedStateMachine):
    """Begin, fork, commit alone and together, lose races, reopen: after every step the file says what the model says."""

    models = Bundle("models")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "a.db"
        self.all: list[Model] = []

    @initialize()
    def opened(self) -> None:
        """An empty database, with a reader beside the writer."""
        self.store = Store.open(self.path)
        self.reader = Store.open(self.path, mode="read")
        self.branches: dict[str, Branch] = {}

    def _clicks(self, model: Model, start: int, made: list[tuple[dict[str, Any], str]]) -> tuple[Click, ...]:
        run, before, clicks = model.record.id, model.body, []
        for seq, (body, state) in enumerate(made, start):
            row = {"seq": seq, "at": NOW + seq, "state": state}
            whole = {**body, "run": run, **row}
            more = {"event": "PlanMade", "event_body": canonical(body), "guards": canonical({"g": len(body)})}
            clicks.append(Click.of(whole, before, took=seq, **row, **more))
            before = whole
        return tuple(clicks)

    def _begin(self, model: Model, body: dict[str, Any], messages: tuple[Placed, ...]) -> Model:
        write = Write(self._clicks(model, 0, [(body, "PLANNING")]), messages)
        self.branches[model.record.id] = self.store.begin(model.record, write)
        model.take(write)
        self.all.append(model)
        return model

    @rule(target=models, body=OBJECTS, goal=WORDS)
    def begin(self, body: dict[str, Any], goal: str) -> Model:
        """A new run."""
        record = RunRecord(id=new_run_id(), spec=text("spec", goal), created=NOW, goal=goal, origin=body)
        return self._begin(Model(record), body, (Placed(0, text("goal", goal), 0),))

    @rule(target=models, model=models, body=OBJECTS, data=st.data())
    def fork(self, model: Model, body: dict[str, Any], data: st.DataObject) -> Model:
        """A fork of any click."""
        seq = data.draw(st.integers(0, len(model.clicks) - 1))
        record = evolve(model.record, id=new_run_id(), parent=(model.record.id, seq))
        return self._begin(Model(record, (model, seq)), body, ())

    def _write(self, model: Model, data: st.DataObject) -> Write:
        start, count = len(model.clicks), data.draw(st.integers(1, 3))
        seqs = range(start, start + count)
        clicks = self._clicks(model, start, [(data.draw(OBJECTS), data.draw(STATES)) for _ in seqs])
        places = data.draw(st.lists(st.integers(0, 40), max_size=3, unique=True))
        free = [place for place in places if place not in model.messages]
        messages = tuple(
            Placed(place, text("turn", data.draw(WORDS)), data.draw(st.sampled_from(seqs))) for place in free
        )
        extras = tuple(
            (data.draw(st.sampled_from(seqs)), text("planner", data.draw(WORDS))) for _ in range(len(places))
        )
        gates = tuple(
            Settled(f"g{place}", "limit", data.draw(st.sampled_from(seqs)), "Denied", data.draw(WORDS), NOW)
            for place in places
            if f"g{place}" not in model.settled
        )
        return Write(clicks, messages, tuple(sorted(extras, key=lambda one: one[0])), gates)

    @rule(model=models, data=st.data())
    def commit(self, model: Model, data: st.DataObject) -> None:
        """A write of one run."""
        write = self._write(model, data)
        self.branches[model.record.id].commit(write)
        model.take(write)

    @precondition(lambda self: len(self.all) > 1)
    @rule(data=st.data())
    def commit_together(self, data: st.DataObject) -> None:
        """Writes of several runs at once."""
        some = data.draw(st.lists(st.sampled_from(self.all), min_size=2, max_size=3, unique_by=id))
        writes = [(model, self._write(model, data)) for model in some]
        outcomes = self.store.commit_many(
            [(self.branches[model.record.id], write) for model, write in writes]
        )
        assert outcomes == [None] * len(writes)
        for model, write in writes:
            model.take(write)

    @rule(model=models, data=st.data())
    def lose(self, model: Model, data: st.DataObject) -> None:
        """A write of somebody who was overtaken."""
        run = model.record.id
        slow, quick = self.store.branch(run), self._write(model, data)
        self.branches[run].commit(quick)
        late = evolve(quick, settled=())
        model.take(quick)
        with pytest.raises(Busy):
            slow.commit(late)

    @precondition(lambda self: any(model.settled for model in self.all))
    @rule(data=st.data())
    def settle_twice(self, data: st.DataObject) -> None:
        """A second settlement of a gate."""
        model = data.draw(st.sampled_from([one for one in self.all if one.settled]))
        gate = data.draw(st.sampled_from(sorted(model.settled)))
        write = self._write(model, data)
        again = evolve(model.settled[gate], seq=write.clicks[0].seq)
        with pytest.raises(GateSettled):
            self.branches[model.record.id].commit(evolve(write, settled=(again,)))

    @rule(model=consumes(models))
    def prune(self, model: Model) -> None:
        """A run that nobody was forked from goes."""
        if any(one.parent and one.parent[0] is model for one in self.all):
            return
        self.store.prune(model.record.id)
        self.all.remove(model)

    @rule()
    def reopen(self) -> None:
        """Close everything and begin again from the file."""
        self.store.close()
        self.reader.close()
        self.store = Store.open(self.path)
        self.reader = Store.open(self.path, mode="read")
        self.branches = {one.record.id: self.store.branch(one.record.id) for one in self.all}

    @invariant()
    def agrees(self) -> None:
        """What a reader finds is what the model holds."""
        reader = getattr(self, "reader", None)
        if reader is None:
            return
        assert [one.id for one in reader.runs()] == [one.record.id for one in reversed(self.all)]
        for model in self.all[-3:]:
            run = model.record.id
            assert reader.record(run) == model.record
            found = list(reader.clicks(run))
            assert [
                (
                    one.seq,
                    one.state,
                    one.event,
                    one.event_body,
                    canonical(one.body),
                    one.guards,
                    one.at,
                    one.took,
                )
                for one in found
            ] == [
                (one.seq, one.state, one.event, one.event_body, one.whole, one.guards, one.at, one.took)
                for one in model.clicks
            ]
            last = len(model.clicks) - 1
            assert reader.head(run) == found[last]
            history = {one.position: one.text for one in reader.messages(run)}
            assert history == model.history(last)
            assert {one.position: one.text for one in reader.messages(run, seq=last // 2)} == model.history(
                last // 2
            )
            assert [one for one in reader.texts(run) if one[0] >= 0] == model.extras
            assert {one.gate: one for one in reader.decisions(run)} == model.settled

    def teardown(self) -> None:
        """In the end everything verifies."""
        if hasattr(self, "store"):
            assert self.store.verify() == []
            self.reader.close()
            self.store.close()
        shutil.rmtree(self.folder)


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)


def _statements() -> list[tuple[str, ast.expr]]:
    """The first argument of every call that takes SQL."""
    found = []
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            name = (
                node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            )
            if name in ("execute", "executemany", "executescript", "all", "one", "_paged") and isinstance(
                node, ast.Call
            ):
                found.append((f"{source.name}:{node.lineno}", node.args[0]))
    return found


def test_sql_is_constant() -> None:
    """Every statement is a literal or a constant of its file: no value, key or name is ever put into SQL."""
    statements = _statements()
    assert len(statements) > 60
    for where, sql in statements:
        constant = isinstance(sql, ast.Constant) and isinstance(sql.value, str)
        named = isinstance(sql, ast.Name) and (
            sql.id.isupper() or (sql.id, where[:10]) == ("statement", "migrations")
        )
        chosen = isinstance(sql, ast.IfExp) and isinstance(sql.body, ast.Constant)
        assert constant or named or chosen or (isinstance(sql, ast.Name) and sql.id == "sql"), where
    assert not [source for source in SOURCES if "executescript" in source.read_text()]


def test_only_this_folder_knows_sqlite() -> None:
    """Exactly the files that speak SQL import SQLite, and sqlite-utils is imported in one place, inside a function."""
    loading = {source.name for source in SOURCES if "sqlite_utils" in source.read_text()}
    assert loading == {"migrations.py"}
    top = ast.parse((Path(face.__file__).parent / "migrations.py").read_text()).body
    assert "sqlite_utils" not in "".join(
        ast.unparse(one) for one in top if isinstance(one, ast.Import | ast.ImportFrom)
    )


def test_all_is_all() -> None:
    """What the folder offers is there, once, and in order."""
    assert (
        sorted(face.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
        == face.__all__
    )
    assert len(set(face.__all__)) == len(face.__all__)
    assert all(hasattr(face, name) for name in face.__all__)


def test_a_store_names_its_file(tmp_path: Path) -> None:
    """A store says where it lies, and takes a path as text or as a path."""
    with Store.open(str(tmp_path / "a.db")) as store:
        assert store.path == tmp_path / "a.db"


def test_a_store_is_of_one_thread(tmp_path: Path) -> None:
    """A second thread that uses a store is told so at once."""
    import threading  # noqa: PLC0415 - only here

    told: list[str] = []
    with Store.open(tmp_path / "a.db") as store:

        def use() -> None:
            try:
                store.runs()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test looks at
                told.append(str(error))

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
    assert "thread" in told[0]


def test_a_fork_costs_the_same_however_long_its_parent_is(tmp_path: Path) -> None:
    """Forking copies nothing: a fork of a long run writes as few bytes and reads as fast as one of a short run."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        long = grow(begun(store), 300)
        pages = [store._connection.one("PRAGMA page_count")[0]]
        started = time.perf_counter()
        for _ in range(20):
            fork = begun(store, parent=(long.run, 250))
        took = time.perf_counter() - started
        pages.append(store._connection.one("PRAGMA page_count")[0])
        assert (pages[1] - pages[0]) * 4096 / 20 < 2500
        assert took < 5
        assert store.messages(fork.run, 249, 251)[0].seq == 249


def test_another_connection_to_an_open_database_is_to_the_same_file(tmp_path: Path) -> None:
    """Another thread gets a connection of its own to the file that is open, and none to a file in its place, nor makes one."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        branch = begun(store)
        with store.again() as other:
            grow(other.branch(branch.run), 2)
        assert store.head(branch.run).seq == 2
        path.rename(tmp_path / "b.db")
        with pytest.raises(StoreError, match="deleted or replaced"):
            store.again()
        assert not path.exists()
        (tmp_path / "b.db").rename(path)
        with store.again() as other:
            assert other.head(branch.run).seq == 2
