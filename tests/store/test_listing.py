"""Runs: the list of them, and which one an address means."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detent.states import NotFound
from detent.store import Store
from tests.store.making import NOW, begun, grow, one_more, outside

IDS = [letters * 13 for letters in ("ab", "ac", "ba", "bb")] + ["a" * 26]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A database with a few runs in two folders."""
    with Store.open(tmp_path_factory.mktemp("listing") / "a.db") as store:
        for number, run in enumerate(IDS):
            name = "twice" if number in (0, 3) else f"name{number}"
            grow(begun(store, run, folder=f"/folder/{number % 2}", name=name, goal=f"goal {number}"), number)
        yield store


def test_the_newest_comes_first(store: Store) -> None:
    """The list begins with the newest run, keeps to its limit, and can be of one folder or state."""
    assert [one.id for one in store.runs()] == IDS[::-1]
    assert [one.id for one in store.runs(2)] == IDS[:2:-1]
    assert [one.id for one in store.runs(folder="/folder/1")] == [IDS[3], IDS[1]]
    assert store.runs(state="DONE") == []
    assert len(store.runs(state="PLANNING")) == len(IDS)


def test_a_line_says_what_the_last_click_says(tmp_path: Path) -> None:
    """State, usage, reason and gates of the list are those of the last click, wherever its row lies."""
    with Store.open(tmp_path / "a.db") as store:
        branch = begun(store, name="n", labels=("z", "y"))
        for seq in range(1, 36):
            gates = {f"limit-{seq}-0": {"kind": "limit"}, "a-gate": {"kind": "loop"}} if seq % 3 else {}
            before = store.head(branch.run).body
            state, reason = "DONE" if seq == 35 else "PLANNING", f"because {seq}"
            branch.commit(one_more(branch, state, before=before, gates=gates, reason=reason))
            (line,) = store.runs()
            body = store.head(branch.run).body
            assert (line.seq, line.state, line.at) == (seq, body["state"], NOW + seq)
            assert (line.usage, line.reason, line.gates) == (
                body["usage"],
                f"because {seq}",
                tuple(sorted(gates)),
            )
        assert (line.name, line.goal, line.labels, line.parent) == ("n", "a goal", ("y", "z"), None)
        fork = begun(store, parent=(branch.run, 7))
        assert store.runs(1)[0].parent == (branch.run, 7)
        assert store.runs(1)[0].id == fork.run


def test_an_address_is_an_id_a_name_or_a_beginning(store: Store) -> None:
    """An id, a name, `last` of a folder and a unique prefix in any case each find their run."""
    assert [store.find(run) for run in IDS] == IDS
    assert store.find("twice") == IDS[3]
    assert store.find("name1") == IDS[1]
    assert store.find("last") == IDS[-1]
    assert store.find("last", "/folder/1") == IDS[3]
    assert store.find("acac") == store.find("ACAC") == store.find("ac") == IDS[1]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("a", r"may mean aaaa.*, abab.*, acac.* more characters"),
        ("acbc", r"No run has the id or the name 'acbc'.* Close to it: acac"),
        ("nam1", r"Close to it: name1"),
        ("zzzz", r"runs` lists"),
        ("", r"No run has"),
    ],
)
def test_an_address_that_means_none_or_several_says_what_is_close(
    store: Store, address: str, told: str
) -> None:
    """An address that finds nothing names what is close, and one that finds several names them."""
    with pytest.raises(NotFound, match=told):
        store.find(address)


def test_an_empty_folder_has_no_last_run(store: Store) -> None:
    """`last` in a folder where nothing was started says so."""
    with pytest.raises(NotFound, match="/nowhere"):
        store.find("last", "/nowhere")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8"), max_size=6) | st.text("abc%_*?['\"-;~", max_size=5))
def test_no_address_means_more_than_its_characters(store: Store, address: str) -> None:
    """Whatever is typed, only runs whose id begins with it are found: no wildcard, quote or comment has a meaning."""
    if address == "last":
        return
    expected = [run for run in IDS if address and run.startswith(address.lower())]
    try:
        assert [store.find(address)] == expected
    except NotFound:
        assert len(expected) != 1


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.none() | st.sampled_from(["/folder/0", "/folder/1"]) | st.text(max_size=5),
    st.none() | st.sampled_from(["PLANNING", "' OR 1=1 --"]),
    st.integers(0, 9),
)
def test_filters_are_values(store: Store, folder: str | None, state: str | None, limit: int) -> None:
    """Filters select by equality alone, whatever they hold."""
    if folder is not None and any("\ud800" <= letter <= "\udfff" for letter in folder):
        return
    all_of_them = store.runs()
    fitting = [one for one in all_of_them if folder in (None, one.folder) and state in (None, one.state)]
    assert store.runs(limit, folder, state) == fitting[:limit]


def test_a_damaged_run_does_not_hide_the_others(tmp_path: Path) -> None:
    """A run whose last body cannot be read is listed with what its columns say."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        bad, good = begun(store).run, begun(store).run
    raw = outside(path)
    (sql,) = raw.execute("SELECT sql FROM sqlite_schema WHERE name = 'snapshot_same'").fetchone()
    raw.execute("DROP TRIGGER snapshot_same")
    raw.execute("UPDATE snapshot SET body = '{' WHERE run = 1")
    raw.execute(sql)
    raw.close()
    with Store.open(path, mode="read") as store:
        assert [(one.id, one.state) for one in store.runs()] == [(good, "PLANNING"), (bad, "PLANNING")]
