"""A bay controller and its operator, on real sockets."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.sockets import listeners, tcp_sockets

ADDRESS, PORT = "127.0.81.1", "10281"
_PROGRAM = [sys.executable, "-m", "mta_lab.programs.substation"]


@pytest.fixture
def controller() -> Iterator[None]:
    with subprocess.Popen([*_PROGRAM, "serve", ADDRESS, PORT]) as process:
        while not any(str(end) == f"{ADDRESS}:{PORT}" for end in listeners(tcp_sockets())):
            assert process.poll() is None
        try:
            yield
        finally:
            process.terminate()


def call(address: str) -> str:
    command = [*_PROGRAM, "call", "127.0.81.2", address, PORT, "1"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.usefixtures("controller")
def test_the_operator_finds_the_controller() -> None:
    assert call(ADDRESS) == "found Contoso bay controller\n"


def test_where_nobody_listens_the_operator_says_so() -> None:
    assert call("127.0.81.3").startswith("refused: ")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    """A package of that name that is not there, before the one that is."""
    missing = tmp_path / "hat"
    missing.mkdir()
    (missing / "__init__.py").write_text(
        "raise ModuleNotFoundError('No module named hat', name='hat')", "ascii"
    )
    code = (
        f"import sys, runpy; sys.path.insert(0, {str(tmp_path)!r}); "
        "runpy.run_module('mta_lab.programs.substation', run_name='__main__')"
    )
    command = [sys.executable, "-c", code, "serve", ADDRESS, PORT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "no hat: pip install 'x400-firewall-lab[substation]' brings it\n"
