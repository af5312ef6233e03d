"""elsewhere.py is a container of another engine, with its files and its control socket."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_emu.mta.controlclient import ControlError, ask
from mta_lab.backends.composefile import DIRECTORY, USER
from mta_lab.backends.elsewhere import unpack
from tests.patience import PATIENCE

#: Stands for docker: the directory `container` is the container's. `start` says what the
#: configuration is and waits for a line in a pipe, which is its status; SIGTERM writes one.
_DOCKER = """\
#!/bin/sh
[ "$1 $2" = "--context north" ] || exit 9
shift 2
case "$1 $2" in
"cp -") tar --extract --no-same-owner --directory container; echo brought >>said ;;
cp*) tar --create --directory container . ;;
start*) cat container/config.yaml; read status < pipe; echo written > container/data/mta.db
    exit "$status" ;;
"kill --signal") echo "$3 $(cat container/config.yaml)" >>said; [ $3 = SIGHUP ] || echo 7 >pipe ;;
exec*) cd container; shift 3; exec "$@" ;;
esac
"""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A host's directory, and a docker in it."""
    (tmp_path / "docker").write_text(_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "container" / "data").mkdir(parents=True)
    (tmp_path / "config.yaml").write_text("first\n")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.fixture
def process(host: Path) -> Iterator[subprocess.Popen[str]]:
    root = Path(__file__).parents[3]
    path = f"{host}:{Path(sys.executable).parent}:/usr/bin:/bin"
    with subprocess.Popen(
        [sys.executable, "-m", "mta_lab.backends.elsewhere", "north", "mta-lab-x-MTA", "data"],
        cwd=host,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        yield running
        running.kill()


def test_files_come_and_go_with_the_container(host: Path, process: subprocess.Popen[str]) -> None:
    assert process.stdout
    assert process.stdout.readline() == "first\n"
    (host / "config.yaml").write_text("second\n")
    process.send_signal(signal.SIGHUP)
    said = host / "said"
    while "SIGHUP" not in (said.read_text() if said.exists() else ""):
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 7
    assert said.read_text().splitlines() == [
        "brought",
        "brought",
        "SIGHUP second",
        "SIGTERM second",
    ]
    assert (host / "data" / "mta.db").read_text() == "written\n"
    assert not (host / "data" / "control.sock").exists()


async def test_its_control_socket_is_here(host: Path, process: subprocess.Popen[str]) -> None:
    assert process.stdout
    process.stdout.readline()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = json.loads(await reader.readline())
        writer.write(json.dumps({"ok": True, "heard": request}).encode() + b"\n")

    there = host / "container" / "data" / "control.sock"
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ControlError, match="the MTA ended"):  # it does not listen yet
            await ask(host / "data", {"command": "status"})
        async with await asyncio.start_unix_server(answer, there):
            for number in range(3):
                reply = await ask(host / "data", {"command": "status", "number": number})
                assert reply["heard"]["number"] == number


def packed(*names: str, kind: bytes = tarfile.REGTYPE) -> io.BytesIO:
    """A tar archive of entries with some text."""
    octets = io.BytesIO()
    with tarfile.open(fileobj=octets, mode="w") as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.size = kind, "/etc/passwd", 4
            archive.addfile(entry, io.BytesIO(b"text"))
    octets.seek(0)
    return octets


def test_nothing_of_a_container_lands_outside(tmp_path: Path) -> None:
    """Neither by its name nor by a link."""
    into = tmp_path / "host"
    into.mkdir()
    unpack(packed("./data/mta.db", "../above", "/tmp/absolute", "data/../../above"), into)
    unpack(packed("link", kind=tarfile.SYMTYPE), into)
    found = sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*"))
    assert found == ["host", "host/data", "host/data/mta.db"]


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no archive"):
        unpack(io.BytesIO(b"no archive" * 100), tmp_path)


def test_the_directory_in_the_image_is_its_users() -> None:
    """So a volume there is, too: the engine copies the owner."""
    text = (Path(__file__).parents[3] / "Dockerfile").read_text("utf-8")
    assert f"install --directory --owner x400 {DIRECTORY}" in text
    assert f"--uid {USER} " in text
