"""The person's configuration: `config.toml` in the platform's own folder, and what of it is asked for.

There is none per project: a folder that one has cloned must not configure us.

    [export]
    secrets = ["GITHUB_TOKEN"]        environment variables whose values are replaced in every export
    patterns = ["sk-[A-Za-z0-9]+"]    what else is
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...states.errors import ConfigError
from .places import configuration

__all__ = ["export_settings"]


def export_settings(environment: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The environment variables that are set and the patterns that every export replaces.

    Args:
        environment: where the variables are; one that is not set has nothing to hide

    Raises:
        ConfigError: the file is there and wrong
    """
    path = Path(os.environ.get("DETENT_CONFIG") or configuration())
    section = _read(path).get("export", {})
    names, patterns = (_texts(path, section, name) for name in ("secrets", "patterns"))
    return tuple(name for name in names if environment.get(name)), patterns


def _read(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - most people have no such file

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", "Correct it, or move it away.") from error


def _texts(path: Path, section: Any, name: str) -> tuple[str, ...]:
    found = section.get(name, []) if isinstance(section, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ConfigError(f"{name} in the section [export] of {path} is no list of texts.", "Correct it.")
    return tuple(found)
