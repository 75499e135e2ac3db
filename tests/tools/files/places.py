"""A run's folder with everything in and around it that should not be touched."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

SECRET = "SECRET"  # noqa: S105 - it stands for one


@contextmanager
def trap() -> Iterator[Path]:
    """A run's folder `ws` with links, a pipe and a socket's neighbours; secrets lie around it."""
    with TemporaryDirectory() as name:
        above = Path(name).resolve()
        for outside in ("outside", "ws-evil", "ws/../outside/deep"):
            (above / outside).mkdir(parents=True, exist_ok=True)
            (above / outside / "secret").write_text(SECRET)
        (above / "secret").write_text(SECRET)
        folder = above / "ws"
        folder.mkdir(exist_ok=True)
        (folder / "a").mkdir()
        (folder / "a" / "file").write_text("inside\n")
        (folder / "file").write_text("inside\n")
        (folder / "link").symlink_to(above / "outside")
        (folder / "a" / "up").symlink_to("../..")
        (folder / "filelink").symlink_to(above / "secret")
        (folder / "loop").symlink_to("loop")
        os.mkfifo(folder / "fifo")
        yield folder


def around(folder: Path) -> dict[str, str]:
    """Every file around a run's folder and what it holds."""
    found = {}
    for path in sorted(folder.parent.rglob("*")):
        if path.is_file() and not path.is_relative_to(folder):
            found[str(path.relative_to(folder.parent))] = path.read_text()
    return found
