"""How files are written, as checks of one parsed file or one text; a line for each breach.

Rules.  What ruff and mypy check is not checked again here.  The exceptions are named with their reasons, or there are
none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from tests.project.tree import ROOT, Source

__all__ = [
    "LONG",
    "MAX_FILE",
    "MAX_FUNCTION",
    "SKIPS",
    "dead_links",
    "file_breaches",
    "promise_breaches",
    "text_breaches",
]

MAX_FILE = 400
MAX_FUNCTION = 60

# Which functions may be longer, and why.
LONG: Mapping[str, str] = {
    "detent/fsm/table.py _planning": "rows of the table: data that is read down a column, with no step in it",
}

# Who may skip, and why.
SKIPS: Mapping[str, str] = {
    "tests/servers/fixtures.py": "a person's machine may have no Ollama server; in CI that is a failure",
    "tests/tools/files/test_atomic.py": "a person's machine may have one file system only; in CI that is a failure",
}

_LATER = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")
_MACHINE = {
    "a path of one machine": re.compile(r"(?<![\w.$}~/-])/(?:home|root|work|Users)/(?!some|you|user)\w"),
    "who worked where": re.compile(r"\bhelper-[a-z0-9]"),
    "a package index": re.compile(
        r"https?://[\w.-]+(?::\d+)?/(?:[\w.-]+/)*simple\b|\b(?:extra-)?index-ur[l]\b"
    ),
}
_LINK = re.compile(r"\]\((?!\w+:|#)([^)\s#]+)")
_SENTENCE_ENDS = re.compile(r"[.!?](?=\s+[A-Z`])")


def file_breaches(source: Source) -> Iterator[str]:
    """What any Python file of the project must not do."""
    if not ast.get_docstring(source.tree):
        yield f"{source.where}:1 opens without a docstring"
    lines = len(source.text.splitlines())
    if lines > MAX_FILE:
        yield f"{source.where}:1 has {lines} lines; which second idea lives in it?"
    for function in source.functions():
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > MAX_FUNCTION and f"{source.where} {function.name}" not in LONG:
            yield f"{source.where}:{function.lineno} {function.name} has {length} lines"
    for node in ast.walk(source.tree):
        if _swallows(node):
            yield f"{source.where}:{getattr(node, 'lineno', 0)} an error is swallowed"


def _swallows(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        return all(
            isinstance(one, ast.Pass) or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            for one in node.body
        )
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("suppress", "contextlib.suppress")
        and any(ast.unparse(one) in ("Exception", "BaseException") for one in node.args)
    )


def promise_breaches(source: Source) -> Iterator[str]:
    """What a file of the tests must not do: pretend, look away, or leave its promise unsaid."""
    for function in source.functions():
        if function.name.startswith("test_") and source.where.rpartition("/")[2].startswith("test_"):
            problem = _promise(ast.get_docstring(function))
            if problem:
                yield f"{source.where}:{function.lineno} {function.name}: {problem}"
    for node in ast.walk(source.tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None) or ""}
            if any(name in ("mock", "unittest.mock") or name.startswith("unittest.mock.") for name in names):
                yield f"{source.where}:{line} a mock stands in for the real thing"
        elif isinstance(node, ast.Attribute):
            yield from (f"{source.where}:{line} {problem}" for problem in _looks_away(source, node))


def _promise(docstring: str | None) -> str:
    if not docstring:
        return "its promise is not said"
    if not docstring.endswith((".", "!", "?")) or "\n\n" in docstring or _SENTENCE_ENDS.search(docstring):
        return "its promise is not one sentence"
    return ""


def _looks_away(source: Source, node: ast.Attribute) -> Iterator[str]:
    name = ast.unparse(node)
    if name in ("monkeypatch.setattr", "monkeypatch.setitem", "patch.object"):
        yield f"`{name}` changes the code that is tested"
    skips = name in ("pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail", "unittest.skip")
    if skips or (
        name in ("pytest.skip", "pytest.xfail", "pytest.importorskip") and source.where not in SKIPS
    ):
        yield f"`{name}` leaves out what was to be tested"


def text_breaches(where: str, text: str) -> Iterator[str]:
    """What no text of the project may hold."""
    for number, line in enumerate(text.splitlines(), 1):
        if _LATER.search(line):
            yield f"{where}:{number} something is left for later"
        for what, pattern in _MACHINE.items():
            if pattern.search(line):
                yield f"{where}:{number} names {what}"


def dead_links(where: str, text: str) -> Iterator[str]:
    """The links of a page that lead out of the project or to nothing."""
    for target in _LINK.findall(text):
        path = (ROOT / where).parent.joinpath(target).resolve()
        if not path.is_relative_to(ROOT) or not path.exists():
            yield f"{where}: no such page: {target}"
