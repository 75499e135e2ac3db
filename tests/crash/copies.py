"""Copies of a warm process, as commands: what a harness uses where a cold start would cost more than what is tried."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

from attrs import define, field

from tests.crash.ledger import Stage
from tests.crash.person import PATIENCE, Ended
from tests.crash.victim import Victims

__all__ = ["SIGKILLED", "Copies"]

SIGKILLED = -9


@define
class Copies:
    """A warm process that becomes a copy of itself for every command; close it."""

    _victims: Victims = field(factory=Victims)

    def obey(self, stage: Stage, words: Sequence[str], **environment: str) -> Ended:
        """Run a command in a copy.

        Args:
            stage: where
            words: after `detent`
            environment: further variables
        """
        with TemporaryFile() as out, TemporaryFile() as err, Path("/dev/null").open("rb") as nothing:
            seen = {**stage.command.environment(), **environment}
            streams = [nothing, cast("IO[bytes]", out), cast("IO[bytes]", err)]
            code = self._victims.run(words, stage.folder, seen, streams, PATIENCE)
            for stream in (out, err):
                stream.seek(0)
            said, told = out.read().decode(errors="replace"), err.read().decode(errors="replace")
        return Ended(tuple(words), code, said, told, killed=code == SIGKILLED)

    def renew(self) -> None:
        """Another warm process: with this one something is wrong."""
        self.close()
        self._victims = Victims()

    def close(self) -> None:
        """End it."""
        self._victims.close()
