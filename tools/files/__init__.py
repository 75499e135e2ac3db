"""The set `files`: the files in the run's folder, and never one outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .reading import list_dir, read_file, search_files
from .writing import delete_file, edit_file, move_file, write_file

if TYPE_CHECKING:
    from ..value import Tool

__all__ = [
    "delete_file",
    "edit_file",
    "list_dir",
    "move_file",
    "read_file",
    "search_files",
    "tools",
    "write_file",
]


def tools() -> tuple[Tool, ...]:
    """The tools of the set, in order."""
    return (list_dir, read_file, search_files, write_file, edit_file, move_file, delete_file)
