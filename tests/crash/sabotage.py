"""One planted bug, as data.

Rules.  A sabotage is a line or two as anyone might get them wrong, not a wrecked file.  Its old text stands in its file
exactly once.  The catcher is one test by its id, or a harness by its name, so that the table says what each is good for.
"""

from __future__ import annotations

from attrs import frozen

__all__ = ["Sabotage"]


@frozen
class Sabotage:
    """One planted bug.

    Args:
        name: of it
        breaks: the promise that is broken
        file: of the product, below the package
        old: the text that is there
        new: the text that takes its place
        catcher: who must notice: the id of a test, or the name of a harness
        also: a harness that must notice too, in the longer profiles
        quick: whether the catcher takes a few seconds only
    """

    name: str
    breaks: str
    file: str
    old: str
    new: str
    catcher: str
    also: str = ""
    quick: bool = True
