"""The agent of the orphans harness: tools that start programs in every way a program can be started.

Each program waits, and then appends a line to a ledger.  A line that is there after its driver has died is an effect
that nobody asked for any more.  The file is copied into the folder of each run, and everything in it stays there, so
that whoever looks for what is left finds it by its working directory.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import time
from pathlib import Path

from detent import Agent, tool

SECONDS = os.environ.get("LATE", "2")
LATE = f"sleep {SECONDS}; echo late >> ledger.txt"
PATH = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}


def began() -> None:
    """Tell the harness that the program is there."""
    Path("began.new").write_text(os.environ.get("DETENT_DRIVER", ""), encoding="utf-8")
    Path("began.new").rename("began")


def plain() -> None:
    """A child."""
    child = subprocess.Popen(["sh", "-c", LATE])
    began()
    child.wait()


def session() -> None:
    """A child in a session of its own."""
    child = subprocess.Popen(["sh", "-c", LATE], start_new_session=True)
    began()
    child.wait()


def bare() -> None:
    """A child in a session of its own, with an environment that the tool made itself."""
    child = subprocess.Popen(["sh", "-c", LATE], start_new_session=True, env=PATH)
    began()
    child.wait()


def adopted() -> None:
    """A grandchild whose parent has gone, in a session of its own."""
    subprocess.Popen(["sh", "-c", f"setsid sh -c '{LATE}' & exit 0"]).wait()
    began()
    time.sleep(60)


def forked() -> None:
    """A daemon made by forking twice, which runs no program of its own and has closed all files."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 1024)
            began()
            time.sleep(int(SECONDS))
            with Path("ledger.txt").open("a", encoding="utf-8") as ledger:
                ledger.write("late\n")
        os._exit(0)
    os.wait()
    time.sleep(60)


WAYS = {"plain": plain, "session": session, "bare": bare, "adopted": adopted, "forked": forked}


@tool(effect="once", approval="never")
def here(way: str) -> str:
    """Start a program from a thread of the driver.

    Args:
        way: how
    """
    WAYS[way]()
    return "done"


async def awaited(way: str) -> None:
    """A child of the loop, in a session of its own or not."""
    child = await asyncio.create_subprocess_exec("sh", "-c", LATE, start_new_session=way == "session")
    began()
    await child.wait()


async def stubborn(way: str) -> None:
    """A child whose tool does not let itself be cancelled."""
    child = await asyncio.create_subprocess_exec("sh", "-c", LATE)
    began()
    while child.returncode is None:
        with contextlib.suppress(asyncio.CancelledError):
            await child.wait()


async def pooled(way: str) -> None:
    """A child of a thread that nobody knows to be the call's."""
    await asyncio.get_running_loop().run_in_executor(None, session)


async def disowned(way: str) -> None:
    """A grandchild whose parent has gone, in a session of its own."""
    child = await asyncio.create_subprocess_exec("sh", "-c", f"setsid sh -c '{LATE}' & exit 0")
    await child.wait()
    began()
    await asyncio.sleep(60)


LOOPED = {"plain": awaited, "session": awaited, "stubborn": stubborn, "pooled": pooled, "adopted": disowned}


@tool(effect="once", approval="never")
async def looped(way: str) -> str:
    """Start a program from the driver's loop.

    Args:
        way: how
    """
    await LOOPED[way](way)
    return "done"


@tool(effect="once", approval="never", timeout=1)
async def hasty(way: str) -> str:
    """Start a program that takes longer than its call may.

    Args:
        way: how
    """
    await LOOPED[way](way)
    return "done"


@tool(effect="once", approval="never", isolation="process")
def apart(way: str) -> str:
    """Start a program from a process of its own.

    Args:
        way: how
    """
    WAYS[way]()
    return "done"


@tool(effect="once", approval="never")
def serve() -> str:
    """Start a server, and leave it running on purpose."""
    server = subprocess.Popen(["sleep", "600"], start_new_session=True, cwd="/")
    Path("server").write_text(str(server.pid), encoding="utf-8")
    time.sleep(0.05)  # the next call begins in another tick of the clock that start times are told in
    return "serving"


agent = Agent(model="script:turns.json", tools=[here, looped, hasty, apart, serve])
