"""Run ids."""

import re
from pathlib import Path

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from detent.store import Store, new_run_id, short
from detent.store.ids import ID_LENGTH, SHORTEST
from tests.store.making import begun

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
IDS = st.text(st.sampled_from("ab2"), min_size=ID_LENGTH, max_size=ID_LENGTH)


@frozen
class Listed:
    """Somebody who knows a few ids."""

    ids: frozenset[str]

    def neighbours(self, run: str) -> tuple[str, ...]:
        """Those just before and after."""
        before = [one for one in self.ids if one < run]
        after = [one for one in self.ids if one > run]
        return (*([max(before)] if before else []), *([min(after)] if after else []))


def test_an_id_is_128_bits_of_base32() -> None:
    """An id is 26 characters of lower-case base32, and no two are the same."""
    made = {new_run_id() for _ in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch(f"[{ALPHABET}]{{26}}", one) for one in made)


@given(st.sets(IDS, min_size=1, max_size=8))
def test_a_short_id_names_one_run(ids: set[str]) -> None:
    """A short id begins the ids of no other run, and one character less would, or be fewer than four."""
    for run in ids:
        made = short(run, Listed(frozenset(ids)))
        assert [one for one in ids if one.startswith(made)] == [run]
        assert len(made) == SHORTEST or len([one for one in ids if one.startswith(made[:-1])]) > 1


def test_a_store_shortens_and_finds_again(tmp_path: Path) -> None:
    """What `short` makes of an id, `find` takes back to it."""
    with Store.open(tmp_path / "a.db") as store:
        runs = [begun(store).run for _ in range(40)]
        assert [store.find(short(run, store)) for run in runs] == runs
