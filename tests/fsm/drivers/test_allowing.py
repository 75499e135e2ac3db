"""The rule that is offered at a gate: it lets this call pass, and nothing that it does not say."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.drivers.allowing import LONGEST, allow, free, offered_rule, rule_by
from detent.fsm.drivers.branching import Wish, fork
from detent.fsm.drivers.journal import Fact
from detent.fsm.drivers.local import Watcher
from detent.fsm.drivers.rules import parse_rule
from detent.fsm.drivers.views import click_view
from detent.states import ToolSpec
from detent.states.canonical import canonical, ordered
from detent.states.commands import AskPerson
from detent.store import Store
from detent.tools import tool

from .rig import Person, call, rig
from .test_rules import NAMES, NOWHERE, VALUES


def _tool(*names: str, closed: bool = True) -> ToolSpec:
    schema: dict[str, Any] = {"type": "object", "properties": {name: {} for name in names}}
    return ToolSpec(
        name="do", parameters=ordered(schema | ({"additionalProperties": False} if closed else {}))
    )


@pytest.mark.parametrize(
    ("given_values", "rule"),
    [
        ({"path": "notes/todo.md", "old": "a", "new": "b"}, "do(path=notes/*)"),
        ({"path": "todo.md", "old": "a"}, "do(path=*)"),
        ({"path": "./notes//todo.md"}, "do(path=notes/*)"),
        ({"path": "/srv/me/todo.md"}, "do(path=/srv/me/*)"),
        ({"source_path": "a/x", "target_path": "b/c/x"}, "do(source_path=a/*, target_path=b/c/*)"),
        ({"path": "no*es/todo.md"}, 'do(path=="no*es/todo.md")'),
        ({"path": "a,b/todo.md"}, 'do(path=="a,b/todo.md")'),
        ({"path": "../todo.md"}, 'do(path=="../todo.md")'),
        ({"path": "~/todo.md"}, 'do(path=="~/todo.md")'),
        ({"path": "/passwd"}, 'do(path=="/passwd")'),
        ({"path": "notes/"}, 'do(path=="notes/")'),
        ({"path": ""}, 'do(path=="")'),
        ({"path": ["notes/a.md"]}, 'do(path==["notes/a.md"])'),
        ({"path": "https://a.example/x"}, 'do(path=="https://a.example/x")'),
        ({"to": "me, you", "amount": 7}, 'do(to=="me, you", amount==7)'),
        ({"to": "line\nline", "$base": "sha"}, 'do(to=="line\\nline")'),
        ({"to": "x" * 1000}, None),
        ({}, "do"),
    ],
)
def test_a_folder_is_offered_for_a_path_and_the_call_itself_for_anything_else(
    given_values: dict[str, Any], rule: str | None
) -> None:
    """What is offered reads as it does here, whatever signs are in it; too long to read is not offered."""
    tool = _tool(*(name for name in given_values if name != "$base"))

    made = offered_rule(tool, given_values, NOWHERE)

    assert (None if made is None else str(made)) == rule


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.dictionaries(NAMES, VALUES, max_size=4), st.booleans())
def test_what_is_offered_lets_this_call_pass_and_no_other(
    call: dict[str, Any], other: dict[str, Any], closed: bool
) -> None:
    """Stored and read again, the rule allows this call, and another only if it is equal."""
    made = offered_rule(_tool(*call, closed=closed), call, NOWHERE)

    if made is not None:
        rule = parse_rule(str(made))
        assert rule == made
        assert len(str(rule)) <= LONGEST
        assert rule.allows("do", canonical(call), NOWHERE)
        fits = not closed or set(other) <= set(call)  # else the tool's schema refuses it
        if fits and all(pattern.startswith("=") for _, pattern in rule.patterns):
            assert rule.allows("do", canonical(other), NOWHERE) is (canonical(call) == canonical(other))


def test_arguments_that_are_left_out_stay_out() -> None:
    """A call without an optional argument does not allow the same call with one."""
    made = offered_rule(_tool("to", "loud"), {"to": "me"}, NOWHERE)

    assert str(made) == 'do(to=="me", nothing else)'


def test_what_a_rule_says_nothing_about_is_told() -> None:
    """Beside a rule about a folder stand the arguments that it leaves free."""
    tool = _tool("path", "old", "new")
    made = offered_rule(tool, {"path": "a/b", "old": "x", "new": "y"}, NOWHERE)

    assert made is not None
    assert free(made, tool) == ("old", "new")
    assert free(parse_rule("do(nothing else)"), tool) == ()


def test_a_path_through_a_link_is_not_offered(tmp_path: Path) -> None:
    """What leads elsewhere would never pass, so no rule is offered for it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    assert offered_rule(_tool("path"), {"path": "link/a.md"}, tmp_path) is None
    assert str(offered_rule(_tool("path"), {"path": "real/a.md"}, tmp_path)) == "do(path=real/*)"


@tool(effect="once")
def pay(amount: int) -> str:
    """Pay an amount."""
    return f"paid {amount}"


class Allowing(Person):
    """Somebody who gives a rule at the first gate, and leaves the others."""

    def __init__(self, rule: str) -> None:
        super().__init__(("approve", ""), None, None, None)
        self.rule = rule

    async def __call__(self, command: AskPerson) -> Fact | None:
        """What settles a gate."""
        if not self.asked:
            journal, prepared = self.drivers[0].journal, self.drivers[0].prepared
            allow(journal.store, journal.head.run, prepared, parse_rule(self.rule))
        return await super().__call__(command)


def test_a_rule_says_yes_to_exactly_what_is_open(tmp_path: Path) -> None:
    """A rule that is given at a gate settles the others that it matches, each with its own digest, and is named."""
    bills = [call("pay", amount=amount) for amount in (1, 2, 3, 2)]
    made = rig(tmp_path, [bills, "Done."], pay)
    person = Allowing("pay(amount==2)")

    run = person.run(made)

    assert [gate["arguments"] for gate in run.gates] == [{"amount": 3}]
    assert person.asked == ["approval-1.0.0-1", "approval-1.2.0-1"]
    with Store.open(made.store, mode="read") as store:
        said = {one.gate: (one.how, one.by) for one in store.decisions(run.id)}
        shown = click_view(store, run.id, 1)["gates"]
        given = [json.loads(row.event_body) for row in store.timeline(run.id) if row.event == "Approved"]
        assert [(one["gate"], one["digest"]) for one in given] == [
            (gate["gate"], gate["digest"]) for gate in shown if gate["arguments"]["amount"] != 3
        ]
    ruled = ("Approved", "the rule pay(amount==2)")
    assert said == {
        "approval-1.0.0-1": ("Approved", ""),
        "approval-1.1.0-1": ruled,
        "approval-1.3.0-1": ruled,
    }
    assert (rule_by(ruled[1]), rule_by("somebody")) == ("pay(amount==2)", "")


def test_a_rule_settles_nothing_where_a_fork_asks_about_every_call(tmp_path: Path) -> None:
    """In a fork that asks about what it was not recorded, a rule lets nothing pass, at an open gate neither."""
    first = rig(tmp_path, [call("pay", amount=1), "Done."], pay).run(yes=["pay"])
    made = rig(tmp_path, [[call("pay", amount=2), call("pay", amount=2)], "Done."], pay)
    person = Allowing("pay")
    asked = fork(
        f"{first.id}@0",
        Wish(recordings="ask"),
        agent=made.agent,
        store=made.store,
        folder=tmp_path,
        watcher=Watcher(ask=person),
        on_driver=person.drivers.append,
    )
    forked = asyncio.run(asked)

    assert len(forked.gates) == 1
    assert len(person.asked) == 2
