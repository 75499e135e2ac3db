"""Isolated tools for the tests: they stand at the top level of a file, for another process must find them."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from detent.tools import Context, ToolError, tool

__all__ = ["act", "add", "later", "undecorated"]


def _crash() -> str:
    return ctypes.string_at(0).decode()


def _leave() -> str:
    os._exit(3)


def _exit() -> str:
    sys.exit(4)


def _abort() -> str:
    os.abort()


def _killed() -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def _forked() -> str:
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    os._exit(5)


def _interrupted() -> str:
    raise KeyboardInterrupt


def _refused() -> str:
    raise ToolError("not today", alternatives=["tomorrow"], transient=True)


def _printing() -> str:
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        print("y" * 100_000)
        print("y" * 100_000, file=sys.stderr)
    return "printed"


def _burning() -> str:
    end = time.monotonic() + 1
    while time.monotonic() < end:
        sum(range(100_000))
    return "burnt"


def _stubborn() -> str:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
    return "never"


def _obeying() -> str:
    def obey(*_: object) -> None:
        raise SystemExit

    signal.signal(signal.SIGTERM, obey)
    try:
        time.sleep(60)
    except SystemExit:
        return "stopped in good order"
    return "never"


WAYS = {
    "crash": _crash,
    "leave": _leave,
    "exit": _exit,
    "abort": _abort,
    "killed": _killed,
    "forked": _forked,
    "interrupted": _interrupted,
    "refused": _refused,
    "printing": _printing,
    "burning": _burning,
    "stubborn": _stubborn,
    "obeying": _obeying,
    "sleep": lambda: time.sleep(60),
    "large": lambda: "x" * (16 * 1024 * 1024),
    "too large": lambda: "x" * (16 * 1024 * 1024 + 1),
    "no json": object,
}


@tool(isolation="process", effect="read")
def act(way: str, context: Context) -> object:
    """Do one of many things."""
    if way == "context":
        return [context.run, context.call, context.key, context.attempt, str(context.folder), context.base]
    if way == "progress":
        for number in range(1000):
            context.progress(f"step {number}")
        return "told"
    if way.startswith("read "):
        return context.read_output(way.removeprefix("read "))
    if way == "resources":
        return context.resources["house"]
    if way == "daemon":
        subprocess.Popen(
            ["sleep", "60"], start_new_session=True, env={}, cwd=context.folder, executable="/bin/sleep"
        )
        (context.folder / "began").write_text("", encoding="utf-8")
        return "left"
    if way == "child":
        child = subprocess.Popen(["sleep", "60"], start_new_session=True, cwd=context.folder)
        (context.folder / "began").write_text("", encoding="utf-8")
        child.wait()
    return WAYS[way]()


@tool(isolation="process", effect="once")
def once(way: str) -> object:
    """Do one of many things, and never again."""
    return WAYS[way]()


@tool(isolation="process")
async def later(way: str) -> str:
    """Do it on a loop."""
    await asyncio.sleep(0)
    if way == "wait":
        await asyncio.sleep(60)
    return way


def undecorated(where: Path, numbers: tuple[int, ...] = (1, 2)) -> str:
    """Become a tool elsewhere, and take values that are no JSON."""
    return f"{where.name} {numbers!r}"


@tool(isolation="process")
def add(a: int, b: float = 0.5) -> float:
    """Add."""
    return a + b
