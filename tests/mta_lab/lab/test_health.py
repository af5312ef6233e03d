"""Whether the host that serves in a directory does its work."""

import socket
from pathlib import Path

import pytest

from mta_lab.lab.health import main

FIREWALL = """\
interfaces:
  outside: {{address: 127.0.113.1}}
  inside: {{address: 127.0.100.1}}
services:
  - name: x400
    listen: {{interface: outside, port: {port}}}
    destination: {{address: 127.0.100.10, port: 102}}
    onward_interface: inside
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_firewall_does_its_work_when_it_listens_at_each_service(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.113.1", 0))
        port = listener.getsockname()[1]
        (here / "config.yaml").write_text(FIREWALL.format(port=port), "utf-8")
        assert main("firewall") == 1  # bound, and not listening
        assert capsys.readouterr().out == f"x400 does not listen at 127.0.113.1:{port}\n"
        listener.listen()
        assert main("firewall") == 0
        assert capsys.readouterr().out == "firewall does its work\n"


def test_a_firewall_without_a_configuration_does_not(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("firewall") == 1
    assert "config.yaml" in capsys.readouterr().out


def test_an_mta_that_does_not_answer_does_not(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("EXTERNAL") == 1
    said = capsys.readouterr().out
    assert "data" in said
    assert "does its work" not in said
