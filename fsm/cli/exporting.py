"""`export` and `import`: a run as one file that proves itself, or as a page that a person can read and send."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...states.errors import BadValue, IntegrityError, NotFound, StoreError, UsageError
from . import escape
from .manners import Manners
from .verb import run_argument, verb
from .wording import plural

if TYPE_CHECKING:
    from ...store import Store
    from ..drivers.redacting import Secrets

__all__ = ["export", "import_"]

MOST = 4 * 1024**3  # bytes of a file that is read


@verb(
    "export",
    examples=(
        ("detent export k7f3 -o k7f3.jsonl", "everything of it, and of what it was forked from"),
        ("detent export k7f3 -o k7f3.html", "a page for a browser, in one file"),
        ("detent export k7f3 --pytest -o test_k7f3.py", "a test of its agent, to keep in git beside it"),
        (
            "detent export k7f3 --secret GITHUB_TOKEN -o k7f3.jsonl",
            "with the value of that variable replaced",
        ),
    ),
    help="Write RUN, or RUN up to @SEQ, into a new file: lines of JSON that `import` takes and proves, a page, "
    "or a test for pytest that drives its agent through what was recorded.",
)
@run_argument
@click.option("-o", "--output", required=True, metavar="FILE", help="a new file")
@click.option(
    "--html", "as_page", is_flag=True, help="a page to read and send; also where FILE ends in .html"
)
@click.option(
    "--pytest", "as_test", is_flag=True, help="a test that does the same again, without its model and tools"
)
@click.option(
    "-a", "--agent", "agent", default="", metavar="FILE[:NAME]", help="the agent file the test is about"
)
@click.option(
    "--secret",
    "variables",
    multiple=True,
    metavar="NAME",
    help="replace the value of this environment variable everywhere; may be repeated",
)
@click.option(
    "--pattern", "patterns", multiple=True, metavar="REGEX", help="replace what matches; may be repeated"
)
@click.pass_obj
def export(
    manners: Manners,
    /,
    run: str,
    output: str,
    *,
    as_page: bool,
    as_test: bool,
    agent: str,
    variables: tuple[str, ...],
    patterns: tuple[str, ...],
) -> int:
    """Export a run."""
    from ..drivers.configuring import export_settings  # noqa: PLC0415 - help needs no database
    from ..drivers.redacting import secrets_of  # noqa: PLC0415
    from .opening import opened  # noqa: PLC0415

    set_variables, set_patterns = export_settings(os.environ)
    secrets = secrets_of(
        dict.fromkeys((*variables, *set_variables)), dict.fromkeys((*patterns, *set_patterns)), os.environ
    )
    if as_page and as_test:
        raise UsageError("An export is a page or a test, not both.", "Write two files.")
    if agent and not as_test:
        raise UsageError("Only a test needs the agent.", "Leave  -a  out, or add  --pytest.")
    if as_test:
        manners.streams.part()
    page = as_page or (output.endswith((".html", ".htm")) and not as_test)
    path = Path(output).expanduser()
    _check_new(path)
    with opened(manners, "read") as store, _without(store, run, secrets) as (used, name, seq):
        if as_test:
            from ..drivers.testfiles import pytest_file  # noqa: PLC0415

            written, clicks = pytest_file(used, name, seq, agent=agent, path=path, replaced=secrets.names)
            lines: Iterable[str] = [written]
        else:
            lines, clicks = _lines(used, name, seq, page=page, replaced=secrets.names), seq + 1
        count = _write(path, lines)
    said = {"file": output, "run": name, "clicks": clicks, "bytes": count, "replaced": list(secrets.names)}
    return _told(manners, said)


@contextmanager
def _without(store: Store, run: str, secrets: Secrets) -> Iterator[tuple[Store, str, int]]:
    """The run that is exported: where it lies, or where a copy of it without secrets does."""
    from ...store import Store as Opened  # noqa: PLC0415 - help needs no database
    from ..drivers.redacting import redacted  # noqa: PLC0415
    from .opening import clicked  # noqa: PLC0415

    name, seq = clicked(store, run)
    if not secrets.names:
        yield store, name, seq
        return
    with (
        tempfile.TemporaryDirectory(prefix="detent-export-") as folder,
        Opened.open(Path(folder) / "copy.db") as copy,
    ):
        yield copy, redacted(store, name, seq, secrets, copy), seq


def _lines(store: Store, run: str, seq: int, *, page: bool, replaced: tuple[str, ...] = ()) -> Iterable[str]:
    if page:
        from ..drivers.pages import page as drawn  # noqa: PLC0415

        return [drawn(store, run, seq, escape.block)]
    from ..drivers.exporting import export_lines  # noqa: PLC0415

    return (f"{line}\n" for line in export_lines(store, run, seq, replaced=replaced))


def _check_new(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} is there already.", "Name another file; an export never overwrites.")


def _write(path: Path, lines: Iterable[str]) -> int:
    """Write a new file, whole or not at all; its bytes.

    Raises:
        UsageError: it is there already
        StoreError: it cannot be written
    """
    _check_new(path)
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb"
        ) as file:
            count = sum(file.write(line.encode("utf-8", "backslashreplace")) for line in lines)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # fails where somebody was faster
    except FileExistsError:
        raise UsageError(
            f"{path} is there already.", "Name another file; an export never overwrites."
        ) from None
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}).", "Name another place.") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _told(manners: Manners, said: Mapping[str, Any]) -> int:
    if manners.json:
        manners.document(dict(said))
        return 0
    manners.tell(f"{escape.line(said['file'])}: {plural(said['clicks'], 'click')}, {said['bytes']:,} bytes")
    if said["replaced"]:
        manners.tell(
            f"Replaced: {escape.line(', '.join(said['replaced']))}.  Look through it before you send it."
        )
    return 0


@verb(
    "import",
    examples=(("detent import k7f3.jsonl", "look at a run of somebody else's, or of another machine"),),
    help="Take in the runs of FILE, which `export` wrote, after proving every digest of it.  What is there already is "
    "left as it is.",
)
@click.argument("file", metavar="FILE")
@click.pass_obj
def import_(manners: Manners, file: str) -> int:
    """Import a run."""
    from ..drivers.exporting import import_proven, proven  # noqa: PLC0415 - help needs no database
    from .opening import opened, short  # noqa: PLC0415

    whole = proven(_read(Path(file).expanduser()))
    with opened(manners, "write") as store:
        made = import_proven(store, whole)
        name = short(store, made.run)
    if manners.json:
        manners.document({"run": made.run, "written": list(made.written), "there": list(made.there)})
        return 0
    manners.print(name)
    manners.tell(
        f"{plural(len(made.written), 'run')} written, {len(made.there)} there already.  {manners.command('show', name)}"
    )
    return 0


def _read(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MOST:
            raise BadValue(f"{path} has more than {MOST:,} bytes.", "No export is as large.")
        return path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.", "Name one that `detent export` wrote.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Name another file.") from None
    except UnicodeDecodeError as error:
        raise IntegrityError(
            f"{path} is not what was exported: it is not UTF-8 (at byte {error.start:,}).",
            "Nothing was written; export it again, or copy it again.",
        ) from None
