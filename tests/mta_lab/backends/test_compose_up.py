"""The labs of `docker compose up`, as `docker inspect` describes them."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from mta_emu.mta.log.status import ConnectorStatus
from mta_lab.backends.compose_up import composed_hosts

_LABELS = {"x400.host": "EXTERNAL", "com.docker.compose.project": "seed"}
RUNNING = {
    "Id": "abc",
    "Config": {"Labels": _LABELS},
    "NetworkSettings": {"Networks": {"outside": {"IPAddress": "203.0.113.10"}}},
    "State": {"Pid": 4711},
}
ENDED = {
    "Id": "def",
    "Config": {"Labels": _LABELS | {"x400.host": "firewall"}},
    "NetworkSettings": {
        "Networks": {
            "outside": {"IPAddress": "", "IPAMConfig": {"IPv4Address": "203.0.113.1"}},
            "inside": {"IPAddress": "", "IPAMConfig": None},
        }
    },
    "State": {"Pid": 0},
}
QUEUE = ConnectorStatus("FIREWALL", "To the inside", 5, "waiting")

_DOCKER = """\
#!/bin/sh
case $1 in
ps) echo abc; echo def ;;
inspect) cat inspected ;;
exec) [ "$2" = abc ] && cat queue ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docker").write_text(_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "inspected").write_text(json.dumps([ENDED, RUNNING]))
    (tmp_path / "queue").write_text(json.dumps(asdict(QUEUE)) + "\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("docker")
def test_hosts_have_their_addresses_also_when_they_have_ended() -> None:
    external, firewall = composed_hosts()
    assert (external.name, external.project, external.process) == ("EXTERNAL", "seed", 4711)
    assert external.addresses == ("203.0.113.10",)
    assert external.queue() == (QUEUE,)
    assert (firewall.name, firewall.process) == ("firewall", None)
    assert firewall.addresses == ("203.0.113.1",)
    assert firewall.queue() is None


def test_without_docker_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert composed_hosts() == []


def test_without_an_engine_there_are_none(docker: Path) -> None:
    (docker / "docker").write_text("#!/bin/sh\nexit 1\n")
    assert composed_hosts() == []
