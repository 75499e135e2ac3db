"""The command line as a person has it: `python -m detent` in a folder, with a database of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

__all__ = ["Command", "Done"]


@frozen
class Done:
    """What a command left behind.

    Args:
        exit: its exit code
        out: its standard output
        err: its standard error
    """

    exit: int
    out: str
    err: str

    def json(self) -> Any:
        """The one document it printed."""
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        """The documents it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@frozen
class Command:
    """Starts detent in a folder.

    Args:
        folder: the folder
        env: further environment variables
    """

    folder: Path
    env: Mapping[str, str] = field(factory=dict)

    @property
    def database(self) -> Path:
        """Its database."""
        return self.folder.parent / "runs" / "detent.db"

    def environment(self) -> dict[str, str]:
        """What the process sees."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DETENT", "OLLAMA"))
        }
        return {**kept, "DETENT_DB": str(self.database), "HOME": str(self.folder.parent), **self.env}

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """The running process; its own process group, so that it can be killed whole."""
        return subprocess.Popen(
            [sys.executable, "-m", "detent", *words],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def __call__(self, *words: str, timeout: float = 60) -> Done:
        """Run it to its end."""
        process = self.start(*words)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(
                f"detent {' '.join(words)} took longer than {timeout} s:\n{out}\n{err}"
            ) from None
        return Done(process.returncode, out, err)
