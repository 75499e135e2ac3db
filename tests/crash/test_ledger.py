"""The judge: it is silent about an honest run, and notices every way in which a run could be dishonest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from detent.store import Store
from tests.crash.copies import Copies
from tests.crash.ledger import Entry, Stage, Turn, judged, shown, unkept
from tests.crash.person import Person

SCRIPT: list[Turn] = [
    {"name": "look", "arguments": {"number": 1}},
    [{"name": "mark", "arguments": {"number": 2}}, {"name": "pay", "arguments": {"number": 3}}],
    {"name": "sign", "arguments": {"number": 4}},
    "Done.",
]
LOOK, MARK, PAY, SIGN = "1.0.0", "2.0.0", "2.1.0", "3.0.0"


@frozen
class Played:
    """A run that nobody disturbed.

    Args:
        stage: where it lies
        run: its id
        said: what its first command wrote on standard error
        document: what its last one wrote on standard output
    """

    stage: Stage
    run: str
    said: str
    document: str

    def wrong(self, entries: Sequence[Entry]) -> list[str]:
        """What the judge says with this ledger."""
        with Store.open(self.stage.database, mode="read") as store:
            return list(judged(store, entries, self.run))

    def gone(self, said: str, document: str = "") -> list[str]:
        """What the judge misses of what was said."""
        with Store.open(self.stage.database, mode="read") as store:
            return list(unkept(store, self.run, said, document))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A whole run with an approval."""
    stage = Stage.made(tmp_path_factory.mktemp("ledger") / "stage", SCRIPT)
    copies = Copies()
    first = copies.obey(stage, ("run", "Pay.", "-a", "agent.py", "--name", "it"))
    run = stage.known("it")
    person = Person(stage, run, lambda words: copies.obey(stage, words))
    assert [*person.noticed(first), *person.finish()] == []
    last = copies.obey(stage, ("resume", run, "--json"))
    copies.close()
    return Played(stage, run, first.err, last.out)


def _changed(which: str, **changes: Any) -> Callable[[Entry], list[Entry]]:
    return lambda one: [evolve(one, **changes)] if one.call == which else [one]


def _again(which: str, **changes: Any) -> Callable[[Entry], list[Entry]]:
    return lambda one: [one, evolve(one, **changes)] if one.call == which else [one]


def _without(call: str) -> Callable[[Entry], list[Entry]]:
    return lambda one: [] if one.call == call else [one]


def test_an_honest_run_is_left_alone(played: Played) -> None:
    """Nothing is said against a run that was not disturbed, whose ledger has each of its calls once."""
    entries = played.stage.entries()
    assert sorted(one.call for one in entries) == [LOOK, MARK, PAY, SIGN]
    assert played.wrong(entries) == []


def test_an_idempotent_call_may_run_twice_with_its_key(played: Played) -> None:
    """A repeated IDEMPOTENT call is no violation, as long as its key and the result of its last execution are there."""
    entries = [again for one in played.stage.entries() for again in _again(MARK)(one)]
    assert played.wrong(entries) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_again(PAY), "the ONCE call 2.1.0 ran 2 times"),
        (_again(MARK, key="another"), "call 2.0.0 (idempotent) ran with 2 keys"),
        (_changed(PAY, key="shared"), ""),
        (_changed(MARK, digest="0" * 64), "the stored result of call 2.0.0"),
        (_again(MARK, digest="0" * 64), "the stored result of call 2.0.0"),
        (_without(PAY), "call 2.1.0 has a result and never ran"),
        (_changed(PAY, attempt=2), "attempt 2 of call 2.1.0 ran, and no intent is stored"),
        (_changed(LOOK, call=PAY), "call 1.0.0 has a result and never ran"),
    ],
)
def test_a_dishonest_ledger_is_noticed(
    played: Played, change: Callable[[Entry], list[Entry]], complaint: str
) -> None:
    """A second execution, another key, another result, a missing effect or intent: each is said in words."""
    wrong = played.wrong([made for one in played.stage.entries() for made in change(one)])
    assert any(complaint in one for one in wrong) if complaint else wrong == []


def test_two_calls_never_share_a_key(played: Played) -> None:
    """One key under two calls is noticed."""
    entries = [evolve(one, key="shared") for one in played.stage.entries()]
    assert any("share the key shared" in one for one in played.wrong(entries))


def test_what_was_acknowledged_is_looked_for(played: Played) -> None:
    """Every click that the command printed is found, and one that is missing or another is noticed."""
    begun, states = shown(played.said)
    assert begun == 0
    assert states[0] == "PLANNING"
    assert states[-1] == "AWAITING_APPROVAL"
    assert played.gone(played.said) == []
    row = "   0.1 s  DONE       never\n"
    assert any("is gone" in one for one in played.gone(played.said + row * 20))
    assert any("was acknowledged as DONE" in one for one in played.gone(f"run abcd  a model\n\n{row}"))


def test_a_printed_document_acknowledges(played: Played) -> None:
    """What --json says of the last click is looked for too."""
    assert played.gone("", played.document) == []
    later = played.document.replace('"seq": ', '"seq": 9')
    assert any("is gone" in one for one in played.gone("", later))


@given(cut=st.integers(0, 2000))
def test_a_line_that_was_cut_off_acknowledges_nothing(cut: int) -> None:
    """Whatever part of the display came out, only its whole lines count."""
    said = "run abcd  script:it  4 tools\n\n" + "".join(
        f"   0.{number} s  {state}  something\n" for number, state in enumerate(("PLANNING", "EXECUTING") * 4)
    )
    _, states = shown(said[:cut])
    assert len(states) == max(0, said[:cut].count("\n") - 2)


def test_a_half_line_of_the_ledger_is_no_effect(tmp_path: Path) -> None:
    """A line without its end was never synced, and is not read."""
    stage = Stage.made(tmp_path / "stage", SCRIPT)
    whole = "run 1.0.0 1 key once digest token 7"
    (stage.folder / "ledger.txt").write_text(f"{whole}\n{whole[:20]}")
    assert stage.entries() == [Entry("run", "1.0.0", 1, "key", "once", "digest", "token", 7)]
