"""Virtual environments for the tests that need no network: empty ones, into which detent is installed alone.

Rules.  What detent needs comes from the environment that runs the tests, through one line of a path file; the packages
there are seen and their own path files are not, so an editable detent of this environment stays unseen.
"""

from __future__ import annotations

import sysconfig
import venv
from pathlib import Path

from attrs import frozen

from tests.project.interpreters import printed

__all__ = ["Environment", "make_environment"]


@frozen
class Environment:
    """A virtual environment.

    Args:
        folder: where it lies
    """

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def script(self) -> Path:
        """The command that installing makes."""
        return self.folder / "bin" / "detent"

    def install(self, *what: str) -> None:
        """Install without asking an index; what the tests' own environment has is never removed."""
        options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--ignore-installed"]
        printed(["-m", "pip", "--python", str(self.python), "install", *options, *what], folder=self.folder)


def make_environment(folder: Path) -> Environment:
    """An environment without detent in which everything that detent needs can be imported."""
    venv.create(folder, with_pip=False, symlinks=True)
    own = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    lent = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (own / "lent.pth").write_text("".join(f"{path}\n" for path in lent), encoding="utf-8")
    return Environment(folder)
