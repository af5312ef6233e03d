"""Where labs lie, how they are found again, and that one command at a time works on one."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends.loopback import Loopback
from mta_lab.lab.directory import HostFiles, Lab, find, held, lab_directory, labs_directory
from mta_lab.topology.reading import load_topology

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"


def lab_in(directory: Path) -> Lab:
    placement = Loopback().place(load_topology(SEED), 10102)
    origin = datetime(2026, 1, 5, tzinfo=UTC)
    return Lab(
        name=directory.name, placement=placement, scale=60, origin=origin, directory=directory
    )


def test_a_lab_is_found_as_it_was_saved_and_gone_when_forgotten(tmp_path: Path) -> None:
    directory = tmp_path / "labs" / "x"
    directory.mkdir(parents=True)
    assert find(directory) is None
    lab = lab_in(directory)
    lab.save()
    found = find(directory)
    assert found is not None
    for field in ("name", "scale", "origin", "directory"):
        assert getattr(found, field) == getattr(lab, field)
    assert found.placement.addresses == lab.placement.addresses
    assert found.topology.host_addresses() == lab.topology.host_addresses()
    lab.forget()
    assert [*tmp_path.iterdir()] == []


def test_forgetting_a_lab_leaves_the_others(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / "labs" / name).mkdir(parents=True)
    lab_in(tmp_path / "labs" / "x").forget()
    assert [each.name for each in (tmp_path / "labs").iterdir()] == ["y"]


def test_a_lab_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lab.json").write_text("name: x\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"lab\.json.*placement"):
        find(tmp_path)


def test_its_clock_runs_at_its_scale(tmp_path: Path) -> None:
    clock = lab_in(tmp_path).clock
    assert (clock.scale, clock.origin) == (60, datetime(2026, 1, 5, tzinfo=UTC))


def test_a_host_has_its_files_in_its_own_directory(tmp_path: Path) -> None:
    files = lab_in(tmp_path).files("EXTERNAL")
    assert files == HostFiles(tmp_path / "EXTERNAL")
    names = ("configuration", "data", "records", "errors", "tap")
    assert [getattr(files, name).relative_to(tmp_path).as_posix() for name in names] == [
        "EXTERNAL/config.yaml",
        "EXTERNAL/data",
        "EXTERNAL/records.jsonl",
        "EXTERNAL/errors.txt",
        "EXTERNAL/tap.jsonl",
    ]


@pytest.mark.parametrize(
    ("user", "runtime", "base"),
    [(0, "/run/user/0", "/run"), (7, "/run/user/7", "/run/user/7"), (7, "", "~/.local/state")],
)
def test_each_user_and_network_namespace_has_its_own_labs(
    monkeypatch: pytest.MonkeyPatch, user: int, runtime: str, base: str
) -> None:
    monkeypatch.delenv("MTA_LAB_STATE")
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.setattr("mta_lab.lab.directory.os.geteuid", lambda: user)
    namespace = os.stat("/proc/self/ns/net").st_ino
    assert labs_directory() == Path(base).expanduser() / "mta-lab" / f"net-{namespace}"


def test_another_place_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MTA_LAB_STATE", str(tmp_path))
    assert lab_directory("q1.A_b-c") == tmp_path / "q1.A_b-c"


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "", "-x", ".x", "a b", "a\n", "x" * 65])
def test_what_is_no_name_never_becomes_a_path(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be a lab's name"):
        lab_directory(name)


def test_a_held_lab_is_held_against_other_processes_until_their_end(tmp_path: Path) -> None:
    """Whoever holds it may be killed: the kernel gives the lock back, and no file is left."""
    program = (
        "import sys, pathlib; from mta_lab.lab.directory import held\n"
        "with held(pathlib.Path(sys.argv[1])): print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ConfigurationError, match="another mta-lab is at work"), held(tmp_path):
            pytest.fail("two hold the same lab")
        with held(tmp_path / "another"):
            other.kill()
    with held(tmp_path):
        assert [*tmp_path.iterdir()] == []
