"""What is public: each module says it, the face gives exactly what it lists, and types travel with it."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

import pytest

import detent
from tests.project.tree import ROOT, Source, package_sources

LISTED = [name for name in detent.__all__ if name != "__version__"]


def _statements(source: Source) -> list[ast.stmt]:
    """What a file does beyond its docstring and its mode of annotations."""
    rest = source.tree.body[1:]
    return [one for one in rest if not (isinstance(one, ast.ImportFrom) and one.module == "__future__")]


def _public(source: Source) -> list[str] | None:
    for node in source.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets):
            value = getattr(node, "value", None)
            names: list[str] = ast.literal_eval(value) if value is not None else []
            return names
    return None


def _bound(nodes: list[ast.stmt]) -> Iterator[str]:
    """The names that a file gives itself when it is loaded, or to a type checker."""
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _bound([*node.body, *getattr(node, "orelse", [])])
        elif isinstance(node, ast.Assign):
            yield from (
                one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)
            )
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


@pytest.mark.parametrize("source", package_sources(), ids=lambda source: source.name)
def test_a_module_says_what_is_public(source: Source) -> None:
    """Every module with anything in it lists its public names, each once and each its own."""
    if not _statements(source) or source.name == "detent.__main__":
        return
    public = _public(source)
    assert public is not None
    assert len(public) == len(set(public))
    assert sorted(set(public) - set(_bound(source.tree.body))) == []


def test_the_face_gives_what_it_lists() -> None:
    """The names of `detent`, those a type checker sees and those `dir` shows are the same."""
    (face,) = (source for source in package_sources() if source.name == "detent")
    (typed,) = (
        one for one in face.tree.body if isinstance(one, ast.If) and "TYPE_CHECKING" in ast.unparse(one.test)
    )
    assert sorted(_bound(typed.body)) == sorted(LISTED)
    assert set(detent.__all__) <= set(dir(detent))
    everything: dict[str, object] = {}
    exec("from detent import *", everything)  # noqa: S102 - it is what a person may type
    assert set(detent.__all__) <= everything.keys()


@pytest.mark.parametrize("name", LISTED)
def test_a_public_name_is_the_real_one_and_is_documented(name: str) -> None:
    """A name of the face is the very object of its home, and says what it is for."""
    found = getattr(detent, name)
    home = importlib.import_module(found.__module__)
    assert getattr(home, found.__name__) is found
    assert (found.__doc__ or "").strip()


def test_an_unknown_name_is_an_ordinary_error() -> None:
    """Asking the face for what it does not have fails as Python fails."""
    with pytest.raises(AttributeError, match="module 'detent' has no attribute 'nonsense'"):
        _ = getattr(detent, "nonsense")  # noqa: B009 - the name is unknown to the type checker too


def test_types_travel_with_the_package() -> None:
    """The marker that tells a type checker to read our annotations is there."""
    assert (ROOT / "detent" / "py.typed").is_file()
