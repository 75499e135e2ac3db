"""Where detent keeps things: the database and the person's configuration, in the platform's own folders."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["configuration", "database"]


def database() -> Path:
    """The usual database: `$DETENT_DB`, else one in the platform's user data folder."""
    named = os.environ.get("DETENT_DB")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path  # noqa: PLC0415 - only asked where nothing is named

    return user_data_path("detent") / "detent.db"


def configuration() -> Path:
    """The person's `config.toml`."""
    from platformdirs import user_config_path  # noqa: PLC0415

    return user_config_path("detent") / "config.toml"
