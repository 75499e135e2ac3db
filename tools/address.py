"""Addresses: where a function stands, so that another process finds it again.

Only a function at the top level of a file has one.  A module that has a name of its own is found by it; the script
that was started, and an agent file, have none and are found by their path.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from typing import Any

from attrs import frozen

from ..states.errors import ConfigError

__all__ = ["Address", "address_of", "found", "unreachable"]


@frozen
class Address:
    """Where a function stands.

    Args:
        module: the name of its module
        file: the file of the module; empty where the name finds it
        name: its name there
    """

    module: str
    file: str
    name: str


def unreachable(function: Any) -> str:
    """Why another process could not find this function, in words; empty if it could."""
    if not inspect.isfunction(function):
        return "is no plain function"
    name = function.__qualname__
    if name == "<lambda>" or function.__name__ == "<lambda>":
        return "is a lambda"
    if "<locals>" in name:
        return f"is defined inside {name.partition('.<locals>')[0]}()"
    if "." in name:
        return f"is defined inside the class {name.rpartition('.')[0]}"
    module = sys.modules.get(function.__module__)
    if module is None or not getattr(module, "__file__", None):
        return "stands in no file"
    return ""


def address_of(function: Any) -> Address:
    """Where a function stands.

    Raises:
        ConfigError: nowhere that another process could find
    """
    why = unreachable(function)
    if why:
        raise ConfigError(
            f"{getattr(function, '__qualname__', function)!s} {why}.", "Put it at the top level of a file."
        )
    module = function.__module__
    file = str(Path(str(sys.modules[module].__file__)).resolve())
    return Address(module, "" if _importable(module, file) else file, function.__qualname__)


def found(address: Address) -> Any:
    """What stands at an address, in this process: the tool or the function.

    Raises:
        ConfigError: nothing, or no function
        BaseException: whatever the file raises when it is imported
    """
    module = _by_path(address) if address.file else importlib.import_module(address.module)
    there = getattr(module, address.name, None)
    if there is None or not callable(there):
        where = address.file or address.module
        raise ConfigError(f"There is no function {address.name} in {where}.", "Put it at its top level.")
    return there


def _importable(module: str, file: str) -> bool:
    """Whether another process finds this file by the name of its module."""
    if module == "__main__":
        return False
    parent = module.rpartition(".")[0]
    path = getattr(sys.modules.get(parent), "__path__", None) if parent else None
    for finder in sys.meta_path:  # importlib would only tell what is loaded here
        place = finder.find_spec(module, path)
        if place is not None:
            return bool(place.origin) and Path(str(place.origin)).resolve() == Path(file)
    return False


def _by_path(address: Address) -> Any:
    name = "__detent_main__" if address.module == "__main__" else address.module
    place = importlib.util.spec_from_file_location(name, address.file)
    if place is None or place.loader is None:
        raise ConfigError(f"{address.file} is no Python file.", "Put the tool into one.")
    module = importlib.util.module_from_spec(place)
    sys.modules[name] = module
    place.loader.exec_module(module)
    return module
