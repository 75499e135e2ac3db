"""What is packed: one name in a wheel, the whole source in an sdist, and both work for a stranger."""

from __future__ import annotations

import email
import shutil
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from attrs import frozen

import detent
from tests.project.environments import Environment, make_environment
from tests.project.interpreters import printed
from tests.project.tree import FOLDERS, ROOT, folder_path, package_sources

VERSION = detent.__version__
USES_BOTH = """
import fsm, states, store, tools
from detent import Limits, tool
from detent.fsm.kernel import begin
from detent.states import Spec
from detent.store import Store
from detent.tools import Tool
assert {one.WHOSE for one in (fsm, states, store, tools)} == {"the user's"}
assert isinstance(tool(effect="read")(tools.look), Tool)
assert begin(Spec(model="script:none", limits=Limits()), "run", 0).state == "PLANNING"
print("both")
"""


@frozen
class Built:
    """What the builder made.

    Args:
        sdist: the source archive
        wheel: the wheel that was built from the checkout
        wheel_of_sdist: the one that was built from the unpacked sdist
    """

    sdist: Path
    wheel: Path
    wheel_of_sdist: Path


def _build(source: Path, target: Path, *what: str) -> None:
    printed(["-m", "build", "--no-isolation", *what, "--outdir", str(target), str(source)])


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """An sdist and two wheels, built once."""
    top = tmp_path_factory.mktemp("built")
    _build(ROOT, top / "direct", "--sdist", "--wheel")
    (sdist,) = (top / "direct").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        # We made it a moment ago, so the filter is a second belt; Python before 3.11.4 may not have it.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        archive.extractall(top)  # noqa: S202 - see above
    _build(top / f"detent-{VERSION}", top / "again", "--wheel")
    (wheel,) = (top / "direct").glob("*.whl")
    (again,) = (top / "again").glob("*.whl")
    return Built(sdist, wheel, again)


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment into which the wheel was installed."""
    made = make_environment(tmp_path_factory.mktemp("wheel") / "venv")
    made.install(str(built.wheel))
    return made


@pytest.fixture(scope="session")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment into which the checkout was installed as it lies."""
    made = make_environment(tmp_path_factory.mktemp("editable") / "venv")
    made.install("-e", str(ROOT))
    return made


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {one.filename: archive.read(one) for one in archive.infolist()}


def test_a_wheel_holds_one_name(built: Built) -> None:
    """Installing detent puts one folder into site-packages, and no bare `tools` or `store`."""
    tops = {name.partition("/")[0] for name in _contents(built.wheel)}
    assert tops == {"detent", f"detent-{VERSION}.dist-info"}


def test_a_wheel_holds_the_whole_package_and_no_more(built: Built) -> None:
    """Every module is a real file in the wheel, the marker for type checkers is there, and no test is."""
    packed = {name for name in _contents(built.wheel) if name.startswith("detent/")}
    expected = {
        source.name.replace(".", "/") + ("/__init__.py" if source.package else ".py")
        for source in package_sources()
    }
    assert {name for name in packed if name.endswith(".py")} == expected
    assert "detent/py.typed" in packed
    assert not [name for name in packed if "test_" in name or "__pycache__" in name]
    with zipfile.ZipFile(built.wheel) as archive:
        assert not [
            one.filename for one in archive.infolist() if (one.external_attr >> 16) & 0o170000 == 0o120000
        ]


def test_an_sdist_holds_what_a_stranger_needs(built: Built) -> None:
    """The sdist is whole: source, tests, docs, README, licence and what CI runs; all real files, nothing of a machine."""
    with tarfile.open(built.sdist) as archive:
        members = archive.getmembers()
    names = {member.name.partition("/")[2] for member in members}
    needed = {"README.md", "LICENSE", "pyproject.toml", "docs/changelog.md", "tests/conftest.py", ".ci/run"}
    assert needed <= names
    assert {f"detent/{folder}/__init__.py" for folder in ("fsm", "states", "store", "tools")} <= names
    assert all(member.isfile() or member.isdir() for member in members)
    odd = ("__pycache__", ".git/", ".venv", ".mypy_cache", ".hypothesis", ".db")
    assert not [name for name in names if any(part in name for part in odd)]


def test_both_ways_to_a_wheel_give_the_same(built: Built) -> None:
    """A wheel from the unpacked sdist is byte for byte what the checkout gives."""
    assert _contents(built.wheel_of_sdist) == _contents(built.wheel)


def test_the_version_is_said_in_one_place(built: Built) -> None:
    """The version of the package, of the files and of the metadata is the one in `detent/__init__.py`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"] == {"path": "detent/__init__.py"}
    metadata = email.message_from_bytes(_contents(built.wheel)[f"detent-{VERSION}.dist-info/METADATA"])
    assert metadata["Version"] == VERSION
    assert (built.sdist.name, built.wheel.name) == (
        f"detent-{VERSION}.tar.gz",
        f"detent-{VERSION}-py3-none-any.whl",
    )
    assert f"## {VERSION}" in (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("how", ["installed", "editable"])
def test_an_installed_detent_answers(how: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The command, the module and the import work from any folder, and it is the installed one that answers."""
    made: Environment = request.getfixturevalue(how)
    for start in ([str(made.script)], ["-m", "detent"]):
        assert VERSION in printed([*start, "--version"], python=made.python, folder=tmp_path)
    code = "import detent.states; print(detent.states.__file__)"
    found = Path(printed(["-c", code], python=made.python, folder=tmp_path).strip())
    assert found.is_relative_to(made.folder if how == "installed" else ROOT)


def test_a_wheel_brings_no_bare_names(installed: Environment, tmp_path: Path) -> None:
    """Where detent is installed, a bare `tools` or `store` is still nobody's."""
    code = f"import importlib.util as u; print([n for n in {FOLDERS} if u.find_spec(n)])"
    assert printed(["-c", code], python=installed.python, folder=tmp_path).strip() == "[]"


@pytest.mark.parametrize("how", ["installed", "editable"])
def test_a_users_own_tools_and_ours_live_side_by_side(
    how: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Files named as our folders beside a user's script are the user's, and ours are still ours."""
    made: Environment = request.getfixturevalue(how)
    for folder in FOLDERS:
        text = 'WHOSE = "the user\'s"\n\ndef look(path: str) -> str:\n    """Look."""\n    return path\n'
        (tmp_path / f"{folder}.py").write_text(text, encoding="utf-8")
    (tmp_path / "main.py").write_text(USES_BOTH, encoding="utf-8")
    assert printed([str(tmp_path / "main.py")], python=made.python, folder=tmp_path) == "both\n"
    assert VERSION in printed(["-m", "detent", "--version"], python=made.python, folder=tmp_path)


@pytest.mark.parametrize("links", ["missing", "text"])
def test_a_checkout_without_links_still_imports(links: str, tmp_path: Path) -> None:
    """Where the system makes no symbolic links, or git wrote them as small files, the package finds its folders."""
    face = tmp_path / "detent"
    face.mkdir()
    for path in (*(ROOT / "detent").glob("*.py"), ROOT / "detent" / "py.typed"):
        shutil.copy(path, face)
    for folder in FOLDERS:
        shutil.copytree(folder_path(folder), tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
        if links == "text":
            (face / folder).write_text(f"../{folder}", encoding="utf-8")
    code = "import detent.states, detent.fsm.kernel; from detent import tool; print(detent.states.__file__)"
    found = Path(printed(["-c", code], folder=tmp_path).strip())
    assert found == tmp_path / "states" / "__init__.py"
    assert VERSION in printed(["-m", "detent", "--version"], folder=tmp_path)
