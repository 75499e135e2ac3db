"""What every test shares: the real servers, patient property tests, and the law that CI skips nothing.

Rules.  Only what concerns the whole folder is here; a fixture of one kind of test stays with these tests.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

pytest_plugins = ("tests.servers.fixtures",)

settings.register_profile("detent", settings.get_profile("default"), deadline=None)
settings.load_profile("detent")  # a deadline of milliseconds measures the machine, not the code

_SKIPPED = "skipped"


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C, and what nohup starts a closed terminal; the programs of tests must not."""
    for one, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(one) is signal.SIG_IGN:
            signal.signal(one, usual)


@pytest.fixture(autouse=True)
def _own_path() -> Iterator[None]:
    """Loading an agent file puts its folder on `sys.path`; that of a test must not be found by the next one."""
    kept = list(sys.path)
    yield
    sys.path[:] = kept


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure: nothing that was meant to be tested goes by in silence."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get(_SKIPPED, []) if reporter is not None else []
    if skipped and os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why such a session failed, or its last line would puzzle."""
    skipped = terminalreporter.stats.get(_SKIPPED, [])
    if skipped and os.environ.get("CI") == "true":
        terminalreporter.write_line(f"{len(skipped)} skipped in CI, which is a failure (tests/conftest.py)")
