"""Texts: what models, tools and people wrote.

Snapshots and events hold only digests of texts; the texts travel beside them and lie in the store as objects.
So a snapshot's size depends on the calls of one turn and never on what was said.
"""

from __future__ import annotations

from attrs import field, frozen

from .canonical import digest

__all__ = ["Edit", "Text", "text"]


@frozen
class Text:
    """An immutable text.

    Args:
        kind: what it is (goal, turn, result, error, note, ...); part of its digest
        body: the text itself
        digest: `sha256:<hex>` over kind and body
    """

    kind: str
    body: str
    digest: str = field(repr=False)


@frozen(kw_only=True)
class Edit:
    """A message of the history that a fork has otherwise than its parent.

    Args:
        position: its place
        text: digest of what it says in the fork
    """

    position: int
    text: str


def text(kind: str, body: str) -> Text:
    """A text with its digest."""
    return Text(kind, body, digest(kind, body))
