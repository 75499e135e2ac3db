"""The project's files as the tests of its laws read them: paths, texts, syntax trees and imports.

Rules.  It reads files and imports nothing of the package, so that a law can be asked of code that does not run.
The four folders are found where the package has them (links in a checkout, folders in an unpacked sdist), else at the
top, where a checkout without links has them.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import field, frozen

__all__ = [
    "FOLDERS",
    "ROOT",
    "Import",
    "Source",
    "folder_path",
    "imports",
    "other_sources",
    "package_sources",
    "parse_source",
    "text_files",
]

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("fsm", "states", "store", "tools")
_TEXT = {".cfg", ".ini", ".json", ".md", ".mmd", ".py", ".sh", ".sql", ".toml", ".txt", ".yaml", ".yml"}
_LEFT_OUT = {"__pycache__", "build", "dist", "htmlcov", "venv"}


@frozen(eq=False)
class Source:
    """One Python file.

    Args:
        name: its dotted name, `detent.states.calls`; a package is named by its folder
        where: its path from the top of the project
        text: what it says
        tree: the same, parsed
        package: whether it is an `__init__.py`
    """

    name: str
    where: str
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False)
    package: bool

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function of the file, methods and inner ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@frozen
class Import:
    """One name that a file imports.

    Args:
        target: the absolute dotted name of the module
        line: where
        written: the module as it is written, with its dots
        deferred: inside a function, so it runs later
        typing: for the type checker only
    """

    target: str
    line: int
    written: str
    deferred: bool
    typing: bool


def _files(top: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(top, followlinks=True):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names))


def parse_source(name: str, text: str, where: str = "", *, package: bool = False) -> Source:
    """A file by its text; the tests that plant a mistake make theirs so."""
    return Source(
        name=name, where=where or f"{name}.py", text=text, tree=ast.parse(text, where), package=package
    )


def _read(path: Path, name: str) -> Source:
    where = path.relative_to(ROOT).as_posix()
    return parse_source(name, path.read_text(encoding="utf-8"), where, package=path.name == "__init__.py")


def _dotted(path: Path, top: Path, prefix: str) -> str:
    parts = path.relative_to(top).with_suffix("").parts
    return ".".join((prefix, *(parts[:-1] if parts[-1] == "__init__" else parts)))


def folder_path(folder: str) -> Path:
    """Where one of the four folders lies."""
    linked = ROOT / "detent" / folder
    return linked if linked.is_dir() else ROOT / folder


@cache
def package_sources() -> tuple[Source, ...]:
    """Every file of the package."""
    face = ROOT / "detent"
    found = [_read(path, _dotted(path, face, "detent")) for path in sorted(face.glob("*.py"))]
    for folder in FOLDERS:
        top = folder_path(folder)
        files = (path for path in _files(top) if path.suffix == ".py")
        found.extend(_read(path, _dotted(path, top, f"detent.{folder}")) for path in files)
    return tuple(found)


@cache
def other_sources() -> tuple[Source, ...]:
    """Every Python file of the tests and the docs."""
    return tuple(
        _read(path, _dotted(path, ROOT / folder, folder))
        for folder in ("tests", "docs")
        for path in _files(ROOT / folder)
        if path.suffix == ".py"
    )


@cache
def text_files() -> tuple[tuple[str, str], ...]:
    """Path and text of all that a reader of the project can meet, each file once."""
    tops = [ROOT / name for name in ("detent", *FOLDERS, "tests", "docs", ".ci")]
    paths = [
        *(path for path in ROOT.iterdir() if path.is_file()),
        *(one for top in tops for one in _files(top)),
    ]
    real = {path.resolve() for path in paths if path.suffix in _TEXT or path.parent.name == ".ci"}
    return tuple(
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in sorted(real)
    )


def imports(source: Source, known: frozenset[str]) -> tuple[Import, ...]:
    """All that a file imports, in order.

    Args:
        source: the file
        known: the modules of the project, to tell `from . import table` (a module) from `from . import name`
    """
    package = source.name if source.package else source.name.rpartition(".")[0]
    found: list[Import] = []
    _collect(source.tree, package, known, found, deferred=False, typing=False)
    return tuple(found)


def _collect(
    node: ast.AST,
    package: str,
    known: frozenset[str],
    found: list[Import],
    *,
    deferred: bool,
    typing: bool,
) -> None:
    if isinstance(node, ast.Import | ast.ImportFrom):
        found.extend(
            Import(target=target, line=node.lineno, written=written, deferred=deferred, typing=typing)
            for target, written in _targets(node, package, known)
        )
        return
    deferred = deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for child in node.body:
            _collect(child, package, known, found, deferred=deferred, typing=True)
        rest: list[ast.stmt] = node.orelse
        for child in rest:
            _collect(child, package, known, found, deferred=deferred, typing=typing)
        return
    for inner in ast.iter_child_nodes(node):
        _collect(inner, package, known, found, deferred=deferred, typing=typing)


def _targets(
    node: ast.Import | ast.ImportFrom, package: str, known: frozenset[str]
) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, alias.name) for alias in node.names)
        return
    written = "." * node.level + (node.module or "")
    if node.level:
        parts = package.split(".")
        above = parts[: len(parts) - node.level + 1]
        base = ".".join((*above, node.module) if node.module else above)
    else:
        base = node.module or ""
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        yield (inner if inner in known else base), written
