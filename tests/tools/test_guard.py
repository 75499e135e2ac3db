"""The guard: marks are worn, and the warden comes when a call starts its first program and not before."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import asyncio, os, subprocess, sys, threading, time
from pathlib import Path
from detent.store import Process
from detent.tools import Context, Hands, perform, tool
from detent.tools.guard import guard
from detent.tools.marking import DRIVER, descendants, survivors

MARK = Process.here().marker

def wardens():
    return [pid for pid in descendants((os.getpid(),))[1:] if b"detent_tools" in Path(f"/proc/{pid}/cmdline").read_bytes()]

def soon(holds):
    end = time.monotonic() + 20
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
"""


def played(body: str) -> str:
    """What a program prints; a process of its own, for a guard is one a process."""
    program = PRELUDE + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def test_marks_the_environment() -> None:
    """What is started carries the driver's mark, even in an environment of the tool's own."""
    assert (
        played("""
        guard().wear(MARK)
        print(os.environ[DRIVER] == MARK, guard().marker == MARK)
        show = [sys.executable, "-c", "import os; print(os.environ.get('DETENT_DRIVER', ''))"]
        own = {"PATH": os.environ["PATH"]}
        with guard().flight(alone=True):
            for given in (None, own):
                print(subprocess.run(show, env=given, capture_output=True, text=True).stdout.strip() == MARK)
        print(subprocess.run(show, env={}, capture_output=True, text=True).stdout.strip() == "")
        """)
        == "True True\nTrue\nTrue\nTrue\n"
    )


def test_starts_the_warden_when_it_is_needed() -> None:
    """No call, or none that starts anything, costs a process; the first program of a call brings one warden."""
    assert (
        played("""
        guard().wear(MARK)
        subprocess.run(["true"])
        print(len(wardens()))
        with guard().flight(alone=True):
            print(len(wardens()))
        with guard().flight(alone=True):
            subprocess.run(["true"])
            os.system("true")
            print(len(wardens()))
        """)
        == "0\n0\n1\n"
    )


@pytest.mark.parametrize(
    "start",
    [
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.spawnv(os.P_WAIT, '/bin/true', ['true'])",
        "os.waitpid(os.fork() or os._exit(0), 0)",
        "__import__('pty').spawn(['true'])",
        "[one := __import__('multiprocessing').get_context('fork').Process(target=int), one.start(), one.join()]",
    ],
)
def test_every_way_to_start_brings_the_warden(start: str) -> None:
    """However a call starts its first program, the warden is there."""
    said = played(f"""
        guard().wear(MARK)
        with guard().flight(alone=True):
            {start}
            print(len(wardens()))
    """)
    assert said.strip().splitlines()[-1] == "1"


def test_a_forked_child_is_found_and_is_another_driver() -> None:
    """A process that was forked and runs no program carries the mark, and wears its own when it drives itself."""
    assert (
        played("""
        guard().wear(MARK)
        ready, go = os.pipe(), os.pipe()
        with guard().flight(alone=True):
            child = os.fork()
            if child == 0:
                os.setsid()
                os.environ.pop(DRIVER)
                other = Process.here().marker
                guard().wear(other)
                with guard().flight(alone=True):
                    subprocess.run(["true"])
                os.write(ready[1], f"{guard().marker == other} {len(wardens())}".encode())
                os.read(go[0], 1)
                os._exit(0)
        print(os.read(ready[0], 100).decode(), child in survivors(MARK))
        os.write(go[1], b".")
        os.waitpid(child, 0)
        """)
        == "True 1 True\n"
    )


def test_ends_what_an_abandoned_call_started_and_nothing_else() -> None:
    """Where a call goes on though nobody waits, its programs end, it starts no more, and other children live."""
    assert (
        played("""
        guard().wear(MARK)
        said = []

        @tool
        def shell() -> str:
            subprocess.run(["sh", "-c", "setsid sleep 60 & sleep 60"])
            try:
                subprocess.run(["sleep", "61"])
            except Exception as error:
                said.append(str(error))
            return "over"

        async def main():
            hands = Hands()
            task = asyncio.create_task(perform(shell, "{}", Context(), hands))
            own = await asyncio.create_subprocess_exec("sleep", "60")
            count = lambda: len(survivors(MARK))
            while count() < 3:
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.wait({task})
            print(hands.end_left(), soon(lambda: survivors(MARK) == (own.pid,)), soon(lambda: bool(said)))
            print(said[0], guard().busy)
            own.kill()
            await own.wait()
            hands.close()

        asyncio.run(main())
        """)
        == "() True True\nThis call was stopped, and can start no program any more. False\n"
    )


LOOPED = """
        @tool
        async def sleeps(seconds: int) -> str:
            child = await asyncio.create_subprocess_exec("sleep", str(seconds))
            await child.wait()
            return "slept"

        @tool
        async def disowns() -> str:
            child = await asyncio.create_subprocess_exec("sh", "-c", "setsid sleep 70 & exit 0")
            await child.wait()
            await asyncio.sleep(60)

        def running(*seconds):
            shown = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in survivors(MARK)]
            return sorted(shown) == sorted(f"sleep\\0{one}\\0".encode() for one in seconds)

        def begun(tool, hands, text="{}"):
            return asyncio.create_task(perform(tool, text, Context(), hands))

        async def until(holds):
            while not holds():
                await asyncio.sleep(0.01)
"""


def test_ends_the_programs_of_a_cancelled_call_and_no_others() -> None:
    """What a cancelled call of the loop started ends at once; its neighbour's and the host's programs live."""
    assert (
        played(
            LOOPED
            + """
        async def main():
            guard().wear(MARK)
            hands = Hands()
            neighbour = begun(sleeps, hands, '{"seconds": 61}')
            await until(lambda: running(61))
            cancelled = begun(sleeps, hands, '{"seconds": 62}')
            await until(lambda: running(61, 62))
            own = await asyncio.create_subprocess_exec("sleep", "63")
            await until(lambda: running(61, 62, 63))
            cancelled.cancel()
            await asyncio.wait({cancelled})
            print(cancelled.cancelled(), running(61, 63), neighbour.done())
            print(hands.end_left(), running(63))
            own.kill()
            await asyncio.wait({neighbour})
            await own.wait()
            hands.close()

        asyncio.run(main())
        """
        )
        == "True True False\n() True\n"
    )


def test_what_a_call_starts_in_a_thread_of_asyncio_is_its_own() -> None:
    """A program that a cancelled call started by `asyncio.to_thread` ends with it, and it can start no other there."""
    assert (
        played(
            LOOPED
            + """
        said = []

        def two():
            subprocess.run(["sleep", "64"])
            try:
                subprocess.run(["sleep", "65"])
            except Exception as error:
                said.append(str(error))

        @tool
        async def threads() -> str:
            await asyncio.to_thread(two)

        async def main():
            guard().wear(MARK)
            hands = Hands()
            cancelled = begun(threads, hands)
            await until(lambda: running(64))
            cancelled.cancel()
            await asyncio.wait({cancelled})
            await until(lambda: said)
            print(running(), guard().busy, said[0])
            hands.close()

        asyncio.run(main())
        """
        )
        == "True False This call was stopped, and can start no program any more.\n"
    )


def test_what_may_be_anothers_is_ended_when_all_leave() -> None:
    """A daemon of a cancelled call lives while another call may have started it, and ends with the last of them."""
    assert (
        played(
            LOOPED
            + """
        async def main():
            guard().wear(MARK)
            hands = Hands()
            neighbour = begun(sleeps, hands, '{"seconds": 61}')
            cancelled = begun(disowns, hands)
            await until(lambda: running(61, 70))
            cancelled.cancel()
            await asyncio.wait({cancelled})
            print(running(61, 70))
            neighbour.cancel()
            await asyncio.wait({neighbour})
            print(running(), hands.end_left())
            alone = begun(disowns, hands)
            await until(lambda: running(70))
            alone.cancel()
            await asyncio.wait({alone})
            print(running(), hands.end_left())
            hands.close()

        asyncio.run(main())
        """
        )
        == "True\nTrue ()\nTrue ()\n"
    )


def test_a_process_that_only_drives_ends_with_all_of_a_call_that_was_left() -> None:
    """Where a process does nothing but drive, even what a stranger's thread started for a call ends with its driver."""
    assert (
        played(
            LOOPED
            + """
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(1)

        @tool
        async def pools() -> str:
            await asyncio.get_running_loop().run_in_executor(pool, subprocess.run, ["sleep", "64"])

        async def main(leaving):
            hands = Hands()
            call = begun(pools, hands)
            await until(lambda: running(64))
            if leaving:
                hands.leave()
            call.cancel()
            await asyncio.wait({call})
            hands.close()

        guard().wear(MARK)
        for leaving in (True, False):
            with guard().alone():
                asyncio.run(main(leaving))
                print(running(64))
            print(running(64))
        os.kill(*survivors(MARK), 9)
        pool.shutdown()
        """
        )
        == "True\nFalse\nTrue\nTrue\n"
    )
