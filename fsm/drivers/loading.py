"""Agent files: Python files that a person keeps in git, imported by path.

A file is imported under a private name with its folder on `sys.path`, so its own modules beside it are found and it
never shadows another.  It holds one Agent or Workflow, or the one that `FILE:NAME` names.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from attrs import frozen

from ...states.canonical import digest
from ...states.errors import ConfigError, DetentError, NotFound
from .agent import Agent
from .workflow import Workflow

__all__ = ["Definition", "Loaded", "load_file"]

Definition = Agent | Workflow


@frozen
class Loaded:
    """What an agent file holds.

    Args:
        definition: the agent or workflow
        path: the file
        name: its name in the file
    """

    definition: Definition
    path: Path
    name: str

    @property
    def address(self) -> str:
        """`FILE:NAME`."""
        return f"{self.path}:{self.name}"


def load_file(written: str, folder: Path) -> Loaded:
    """The agent or workflow that `FILE` or `FILE:NAME` means.

    Args:
        written: the address
        folder: what a relative one is relative to

    Raises:
        NotFound: there is no such file, or no such name in it
        ConfigError: the file cannot be imported, or holds no agent, or several
    """
    file, mark, name = written.rpartition(":")
    if not mark or "/" in name or name.endswith(".py"):
        file, name = written, ""
    path = _file(folder / file)
    if path is None:
        raise NotFound(f"There is no agent file {file}.", "Write one with  detent init.")
    module = _import(path)
    found = {key: one for key, one in vars(module).items() if isinstance(one, Agent | Workflow)}
    distinct: dict[int, tuple[str, Definition]] = {}
    for key, one in found.items():  # under several names it goes by the first
        distinct.setdefault(id(one), (key, one))
    if name:
        if name not in found:
            listed = ", ".join(found) or "none"
            raise NotFound(f"{path.name} has no agent called {name}.", f"It has: {listed}.")
        return Loaded(found[name], path, name)
    if not distinct:
        raise ConfigError(f"{path.name} holds no Agent and no Workflow.", "Write  agent = Agent(...)  in it.")
    if len(distinct) > 1:
        names = ", ".join(key for key, _ in distinct.values())
        raise ConfigError(
            f"{path.name} holds {len(distinct)} agents: {names}.", f"Name one: {path.name}:NAME."
        )
    key, one = next(iter(distinct.values()))
    return Loaded(one, path, key)


def _file(path: Path) -> Path | None:
    """The file a path means; None where there is none, or can be none."""
    try:
        found = path.resolve()
        return found if found.is_file() else None
    except (OSError, ValueError, RuntimeError):  # a name too long, a NUL in it, a circle of links
        return None


def _import(path: Path) -> ModuleType:
    private = f"_detent_agent_{digest('file', str(path))[-12:]}"
    place = importlib.util.spec_from_file_location(private, path)
    if place is None or place.loader is None:
        raise ConfigError(f"{path.name} is no Python file.", "An agent file ends in .py.")
    module = importlib.util.module_from_spec(place)
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    sys.modules[private] = module
    try:
        place.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[private]  # half of it is none
        if not isinstance(error, Exception | SystemExit):
            raise
        raise _trouble(path, error) from error
    return module


def _trouble(path: Path, error: BaseException) -> ConfigError:
    """Why a file cannot be imported, with the line of it."""
    if isinstance(error, DetentError):
        return ConfigError(f"{path.name}{_line(path, error)}: {error.message}", error.hint)
    if isinstance(error, SyntaxError):
        where = Path(error.filename or path).name
        return ConfigError(f"{where}:{error.lineno} is not Python: {error.msg}.", "Correct that line.")
    said = f"{type(error).__name__}: {error}".rstrip(": .")
    return ConfigError(
        f"{path.name}{_line(path, error)} cannot be imported: {said}.", "Correct the file, then try again."
    )


def _line(path: Path, error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f":{frames[-1].lineno}" if frames else ""
