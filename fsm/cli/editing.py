"""Editing arguments at the terminal: in the person's editor, or on one line where there is none.

What would run is shown to the byte, with what is different, and nothing runs before a second question about exactly
these bytes.  An editor that is open when the question is settled elsewhere is closed.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...states.errors import DetentError
from . import escape
from .display import INDENT, barred
from .terminal import forget_typed, read_line
from .wording import size

if TYPE_CHECKING:
    from .manners import Manners

__all__ = ["edit_at_terminal"]

OURS = ("DETENT_DRIVER", "DETENT_CALL")  # what marks the processes of tools, and no editor is one


async def edit_at_terminal(
    manners: Manners, shown: Mapping[str, Any], start: str, exact: Callable[[str], str]
) -> tuple[str | None, str]:
    """Let a person edit arguments.

    Args:
        manners: how to speak
        shown: the arguments as they are
        start: what the editor begins with
        exact: the bytes that would run with what was written; raises a DetentError where it does not fit

    Returns:
        the bytes that the person said yes to, or None; and what was written, to begin with the next time
    """
    from ..drivers.editing import changes  # noqa: PLC0415 - most gates are settled without

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    try:
        written = await (_in_editor(editor, start) if editor else _on_a_line(manners))
    except OSError as error:
        manners.say(f"  {escape.line(f'The editor {editor} cannot be started: {error.strerror}.')}")
        return None, start
    if not written.strip():
        manners.say("  Nothing was written; the arguments stay as they are.")
        return None, start
    try:
        made = exact(written)
    except DetentError as error:
        manners.say(f"  {escape.line(str(error))}")
        return None, written
    different = changes(shown, made)
    if not any(line.startswith(("+ ", "- ")) for line in different):
        manners.say("  These are the arguments that are asked about; nothing was changed.")
        return None, start
    manners.say()
    for line in (text for part in different for text in barred(part, manners.columns())):
        manners.say(line)
    manners.say(f"\n{INDENT}Exactly these {size(len(made.encode()))} would run:")
    for line in barred(made, manners.columns()):
        manners.say(line)
    return (made if await _sure(manners) else None), written


async def _sure(manners: Manners) -> bool:
    """Whether the person says yes to what stands there."""
    forget_typed()
    manners.say("\n  (y) yes, run it with these   (n) no, ask me again")
    manners.streams.err("  [n] > ")
    typed = await read_line()
    return (typed or "").strip().lower() in ("y", "yes")


async def _on_a_line(manners: Manners) -> str:
    forget_typed()
    manners.say("  All arguments as JSON, on one line ($EDITOR opens an editor instead):")
    manners.streams.err("  {…} > ")
    return await read_line() or ""


async def _in_editor(editor: str, start: str) -> str:
    """What a person made of a text in their editor; the text itself where the editor failed.

    Raises:
        OSError: it cannot be started
    """
    with tempfile.TemporaryDirectory(prefix="detent-") as folder:
        file = Path(folder) / "arguments.json"
        file.write_text(start, encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if name not in OURS}
        words = [*shlex.split(editor), str(file)]
        process = await asyncio.create_subprocess_exec(*words, env=environment)
        try:
            await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        return file.read_text(encoding="utf-8", errors="replace") if not process.returncode else start
