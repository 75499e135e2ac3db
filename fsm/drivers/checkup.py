"""A look at the machine before any run: what of it may be in the way, and what to do about it.

Each check is one line: ok, warn (a run will work, but know this) or bad (it will not), with the exit code that a run
would leave with.  The database is only read; the model is asked what it is, and not to say anything.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any, Literal

from attrs import asdict, frozen

from ...states.errors import ConfigError, DetentError
from ...store.health import Health, health
from ..models.door import WINDOW, Checked, door, split_name

__all__ = ["Check", "checkup", "full_name"]

FULL_LOG = 64 * 2**20  # bytes of the log; a usual one stays below 5 MB
LEAST, FEW = 20 * 2**20, 500 * 2**20  # bytes of free space: too few to begin, too few to be at ease
OLDEST = (3, 11)

Level = Literal["ok", "warn", "bad"]


@frozen
class Check:
    """One thing that was looked at.

    Args:
        name: what
        level: ok, warn or bad
        message: how it is
        hint: what to do about it; empty where nothing is to be done
        exit: what a run would leave with; 0 unless it is bad
    """

    name: str
    level: Level
    message: str
    hint: str = ""
    exit: int = 0

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def full_name(model: str) -> str:
    """A model's name with its provider.

    Raises:
        UsageError: it means no model
    """
    return ":".join(split_name(model))


async def checkup(path: Path, model: str, version: str) -> tuple[Check, ...]:
    """Look at everything.

    Args:
        path: the database
        model: the model that is meant, as `provider:name`; empty for any
        version: of detent

    Raises:
        UsageError: the model's name means none
    """
    provider = split_name(model)[0] if model else "ollama"
    checks = [_python(version), *_place(health(path)), _tools()]
    if provider == "ollama":
        checks += await _server(model)
    if model:
        checks.append(await _model(model))
    return tuple(checks)


def _python(version: str) -> Check:
    said = f"detent {version}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST:
        return Check("python", "bad", said, "Install Python 3.11 or newer.", ConfigError.exit_code)
    if sys.platform not in ("linux", "darwin"):
        return Check("python", "warn", said, "detent is made and tested for Linux and macOS.")
    return Check("python", "ok", said)


def _tools() -> Check:
    """What becomes of the programs that tools start."""
    from ...tools.marking import watchable  # noqa: PLC0415 - nobody else asks before a tool does
    from ...tools.namespace import possible  # noqa: PLC0415

    if not watchable():
        return Check(
            "tools",
            "warn",
            "programs that tools start may outlive a driver that is killed: the system tells nobody of its end",
            "After a crash look at what still runs before you say that a call did not happen.",
        )
    said = "programs that tools start end with their driver; isolated tools have "
    why = possible()
    if why:
        return Check("tools", "ok", f"{said}no PID namespace here ({why}), and are found by their marks")
    return Check("tools", "ok", f"{said}a PID namespace each")


def _place(place: Health) -> list[Check]:
    state = "is there" if place.there else "will be made by the first run"
    if place.users:
        state += f", open in {'process' if len(place.users) == 1 else 'processes'} {', '.join(map(str, place.users))}"
    if place.trouble is not None:
        trouble = place.trouble
        return [Check("database", "bad", trouble.message, trouble.hint, trouble.exit_code)]
    checks = [Check("database", "ok", f"{place.path} {state}")]
    checks.append(
        Check("durability", "ok", f"WAL with synchronous FULL; a commit there takes {place.commit:.1f} ms")
        if place.network is None
        else Check(
            "durability",
            "warn",
            f"the database lies on a network file system ({place.network})",
            "Its locks cannot be relied on: choose a local disk with --db or DETENT_DB.",
        )
    )
    checks.append(_free(place.free))
    if place.log > FULL_LOG:
        checks.append(
            Check(
                "log",
                "warn",
                f"{place.path}-wal has grown to {place.log / 1e6:,.0f} MB",
                "Somebody reads for a long time without an end; let that program close the database, and the next "
                "commit writes the log back.",
            )
        )
    checks.append(
        Check(
            "sqlite",
            "warn",
            f"SQLite {place.sqlite} has the WAL-reset defect (3.7.0 to 3.51.2)",
            "Between processes of detent it cannot bite; another program that writes this file is outside "
            "detent's lock, so let none.",
        )
        if place.resets
        else Check("sqlite", "ok", f"SQLite {place.sqlite}")
    )
    return checks


def _free(free: int) -> Check:
    said = f"{free / 1e9:,.1f} GB free"
    if free < LEAST:
        return Check("space", "bad", said, "Make room, or choose another disk with --db.", 74)
    if free < FEW:
        return Check("space", "warn", said, "A full disk parks a run; make room soon.")
    return Check("space", "ok", said)


async def _server(model: str) -> list[Check]:
    from ..models.serving import serving  # noqa: PLC0415 - a scripted model needs no server

    try:
        found = await serving()
    except DetentError as error:
        return [Check("server", "bad", error.message, error.hint, error.exit_code)]
    checks = [Check("server", "ok", f"Ollama {found.version} at {found.address}")]
    if model:
        return checks
    able = [one for one in found.models if "tools" in one.checked.capabilities]
    listed = ", ".join(f"{one.name} ({one.checked.window:,} tokens)" for one in able)
    if able:
        return [*checks, Check("models", "ok", f"{len(able)} of {len(found.models)} take tools: {listed}")]
    hint = "Get one that does with  ollama pull qwen3."
    has = "it has no model" if not found.models else f"none of its {len(found.models)} models takes tools"
    return [*checks, Check("models", "bad", has, hint, 69)]


async def _model(model: str) -> Check:
    at = door(model)
    try:
        found = await at.check(tools=True)
    except DetentError as error:
        return Check("model", "bad", error.message, error.hint, error.exit_code)
    finally:
        await at.close()
    return Check("model", "ok", f"{model} takes tools; {_window(found)}")


def _window(found: Checked) -> str:
    if not found.window:
        return "it has no context window"
    used = min(WINDOW, found.window)
    return (
        f"its context window has {found.window:,} tokens, {used:,} of which are used unless num_ctx says more"
    )
