"""Trees of any depth, as lines and as JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detent.fsm.cli.trees import DEEPEST, drawn, nested

NODES = st.recursive(
    st.builds(lambda name: {"run": name, "of": None, "below": []}, st.text(max_size=4)),
    lambda below: st.builds(
        lambda name, more: {"run": name, "of": {"seq": 1, "names": [name]}, "below": more},
        st.text(max_size=4),
        st.lists(below, max_size=3),
    ),
    max_leaves=12,
)


def words(node: Any, _room: int) -> str:
    """A node by its name."""
    return str(node["run"])


def chain(length: int) -> dict[str, Any]:
    """So many nodes below one another."""
    node: dict[str, Any] = {"run": "0", "below": []}
    for number in range(1, length):
        node = {"run": str(number), "below": [node]}
    return node


@given(NODES)
def test_json_of_a_tree_is_what_json_dumps_writes(node: dict[str, Any]) -> None:
    """The very same text, as long as `json.dumps` can write it."""
    assert nested(node) == json.dumps(node, ensure_ascii=False, indent=2)


def test_a_tree_is_drawn_with_its_branches() -> None:
    """The last of a node's own ends its line, the others go on beside what is below them."""
    a = {"run": "a", "below": [{"run": "a1", "below": []}]}
    tree = {"run": "top", "below": [a, {"run": "b", "below": [{"run": "b1", "below": []}]}]}

    assert list(drawn(tree, 80, words)) == ["top", "├─ a", "│  └─ a1", "└─ b", "   └─ b1"]


def test_no_depth_is_too_deep() -> None:
    """Of a deep branch the last levels are drawn, and its JSON is indented no further."""
    deep = chain(3000)
    lines = list(drawn(deep, 80, words))

    assert [line.split()[-1] for line in lines] == [str(number) for number in reversed(range(3000))]
    assert max(map(len, lines)) < 60
    made = nested(deep)
    assert made.count('"run"') == 3000
    assert max(len(line) for line in made.splitlines()) < 2 * DEEPEST + 40
    assert json.loads(nested(chain(200))) == chain(200)
