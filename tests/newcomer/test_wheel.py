"""The wheel alone, in a fresh environment: docs/install.md, and tests of the sdist.

Only here an index of packages is asked, for what the wheel needs; nothing may be compiled.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.newcomer.walk import blocks

pytestmark = pytest.mark.timeout(1800)  # not PATIENCE: whole environments are made

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PACKAGES = ("labkit", "mta_emu", "mta_lab", "firewall_proxy")
#: Tests that need what an installation has: neither the source tree nor root, and no minute.
INSTALLED = (
    *("tests/labkit", "tests/firewall_proxy", "tests/mta_lab/topology/test_starting.py"),
    *("tests/mta_emu/osi/transport", "tests/mta_emu/osi/session"),
    "--ignore=tests/labkit/test_init.py",  # is about what `make` says in a clone
    "--ignore=tests/labkit/test_spread.py",  # needs Dask, an extra
)
_NO_INDEX = re.compile(r"No matching distribution|NewConnectionError|NameResolutionError|Retrying")

Done = subprocess.CompletedProcess[str]


def run(*command: str | Path, cwd: Path, **variables: str) -> Done:
    """Run a command as somebody who has no clone: nothing of this one is on Python's path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=kept | {"CC": "/bin/false", "CXX": "/bin/false"} | variables,
    )


def install(python: Path, *what: str | Path) -> None:
    """Install wheels, and nothing that would have to be compiled."""
    options = ("--quiet", "--disable-pip-version-check", "--only-binary=:all:")
    done = run(python, "-m", "pip", "install", *options, *what, cwd=python.parent)
    skip_without_index(done)
    assert done.returncode == 0, done.stdout


def skip_without_index(done: Done) -> None:
    """Skip where no index of packages can be reached; in CI one can, and has all of it."""
    if done.returncode and _NO_INDEX.search(done.stdout) and "CI" not in os.environ:
        pytest.skip("no index of packages can be reached")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with wheel and sdist, as `make dist` builds them in a clone."""
    directory = tmp_path_factory.mktemp("built")
    clone = directory / "clone"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("fuzz/"):
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    pages = clone / "build" / "share" / "man" / "man1"
    done = run(sys.executable, "-m", "labkit.manpages", pages, *PACKAGES[1:], cwd=clone)
    assert done.returncode == 0, done.stdout
    done = run(
        sys.executable, "-m", "build", "--no-isolation", "--outdir", directory, clone, cwd=clone
    )
    assert done.returncode == 0, done.stdout
    shutil.rmtree(clone)
    return directory


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    [found] = built.glob("*.whl")
    assert found.name == f"x400_firewall_lab-{PROJECT['version']}-py3-none-any.whl"
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment with the wheel, and with what its tests need."""
    directory = tmp_path_factory.mktemp("installed")
    assert run(sys.executable, "-m", "venv", directory, cwd=directory).returncode == 0
    python = directory / "bin" / "python"
    tools = ("hypothesis", "pytest>=9", "pytest-asyncio", "pytest-timeout>=2.4")
    install(python, f"{wheel}[random]", *tools)
    return python


def test_the_page_about_the_installation_can_be_followed(wheel: Path, tmp_path: Path) -> None:
    """In a folder with the wheel and nothing else, by the programs that the page installs."""
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(wheel, folder)
    done = run(
        sys.executable,
        "-P",
        ROOT / "tests" / "newcomer" / "walk.py",
        ROOT / "docs" / "install.md",
        cwd=folder,
        PATH=f"{folder / 'x400' / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        MTA_LAB_STATE=str(tmp_path / "labs"),
        LANG="C.UTF-8",
    )
    skip_without_index(done)
    assert done.returncode == 0, done.stdout
    for said in ("ok q196381\n", "ok mysite\n", "trap-standby ", "mine/exercise.md"):
        assert said in done.stdout
    shown = (folder / "q196381.html").read_text("utf-8")
    assert "Mail piles up outside the firewall" in shown
    assert (folder / "mine" / "exercise.md").exists()
    page = folder / "x400" / "share" / "man" / "man1" / "mta-lab-run.1"
    assert page.exists()
    if shutil.which("mandb"):  # whose `man` looks beside the folders of PATH
        programs = f"{folder / 'x400' / 'bin'}:{os.environ['PATH']}"
        assert run("man", "-w", "mta-lab-run", cwd=folder, PATH=programs).stdout == f"{page}\n"
    assert not [*(folder / "x400").rglob("tests/patience.py")]


def test_the_lines_of_the_readme_install_it(wheel: Path, installed: Path, tmp_path: Path) -> None:
    """With pipx, with uvx and with pip, from a folder that has the wheel."""
    readme, page = (ROOT / name for name in ("README.md", "docs/install.md"))
    [block] = [each for each in blocks(readme.read_text("utf-8")) if each.not_run]
    _, *lines = block.lines
    assert [line.split()[0] for line in lines] == ["pipx", "uvx", "pip"]
    assert "\n".join(lines[:2]) in page.read_text("utf-8")
    install(installed, "pipx", "uv")
    folder, home = tmp_path / "folder", tmp_path / "home"
    for each in (folder, home):
        each.mkdir()
    shutil.copy(wheel, folder)
    for line in lines:
        done = run(
            *("bash", "-c", line),
            cwd=folder,
            HOME=str(home),
            MTA_LAB_STATE=str(tmp_path / "labs"),
            PATH=f"{installed.parent}:{os.environ['PATH']}",
        )
        assert done.returncode == 0, done.stdout
        assert "pip install" in line or "ok q196381\n" in done.stdout


def test_the_sdist_passes_tests_against_what_is_installed(
    built: Path, installed: Path, tmp_path: Path
) -> None:
    """From outside the source tree: what is unpacked has the tests, and no package."""
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [tree] = tmp_path.iterdir()
    for package in PACKAGES:
        shutil.rmtree(tree / package)
    where = run(installed, "-c", "import mta_lab; print(mta_lab.__file__)", cwd=tree)
    assert Path(where.stdout.strip()).is_relative_to(installed.parents[1])
    done = run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", *INSTALLED, cwd=tree)
    assert done.returncode == 0, done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > 2000


def test_the_example_project_passes_with_what_is_installed(installed: Path, tmp_path: Path) -> None:
    """Its plugin comes by the entry point: nothing names it."""
    shutil.copytree(ROOT / "examples" / "pytest", tmp_path / "project")
    done = run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path / "project")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_all_that_is_needed_has_wheels(wheel: Path, installed: Path, tmp_path: Path) -> None:
    """Also for the versions of Python that no machine here has."""
    extras = ",".join(sorted(PROJECT["optional-dependencies"].keys() - {"dev", "fuzz"}))

    def resolved(version: str) -> Done:
        return run(
            *(installed, "-m", "pip", "install", "--dry-run", "--ignore-installed"),
            *("--only-binary=:all:", "--python-version", version, "--target", tmp_path / "none"),
            f"{wheel}[{extras}]",
            cwd=tmp_path,
        )

    with ThreadPoolExecutor() as threads:  # each waits for the index most of its time
        for done in threads.map(resolved, VERSIONS):
            skip_without_index(done)
            assert done.returncode == 0, done.stdout
            assert "Would install" in done.stdout
