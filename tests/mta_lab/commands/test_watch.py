"""`mta-lab watch`: the page of hosts that others started, by the directories that they share."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.mta_lab.alone import alone, topology_here
from tests.mta_lab.conftest import ROOT
from tests.mta_lab.conftest import here as lab_command
from tests.patience import PATIENCE

SMITH, JONES = "C=US;A= ;P=Contoso;O=Inside;S=Smith", "C=US;A= ;P=Contoso;O=Outside;S=Jones"
TUNNEL = "[{name: x, between: [127.0.113.10, 127.0.100.10], port: 102}]"
TRANSPARENCY = "firewall.services.x400-inbound.client_side_transparency"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Has the directories of the hosts."""
    return tmp_path_factory.mktemp("hosts")


@pytest.fixture(scope="module")
def page(directory: Path) -> Iterator[httpx.Client]:
    """The page of the seed's hosts, each alone."""
    topology = topology_here(directory / "x.yaml", 10146)
    where = ("--at", "127.0.113.93:10893", "--published", "127.0.0.1:8102", "--json")
    shared = ("--captures", str(directory), "--hosts", str(directory))
    command = [sys.executable, "-m", "mta_lab", "watch", str(topology), *where, *shared]
    with ExitStack() as opened:
        for host in ("INTERNAL", "firewall", "EXTERNAL"):
            opened.enter_context(alone(topology, host, directory / host))
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        opened.enter_context(process)
        opened.callback(process.send_signal, signal.SIGTERM)
        assert process.stdout
        url = json.loads(process.stdout.readline())["url"]
        assert url.startswith("http://127.0.0.1:8102/")
        token = url.split("/")[3]
        origin = "http://127.0.113.93:10893"
        heads = {"Authorization": f"Bearer {token}", "Origin": origin}
        yield opened.enter_context(
            httpx.Client(base_url=f"{origin}/{token}/", headers=heads, timeout=PATIENCE)
        )


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline


def test_mail_waits_until_transparency_is_switched_off(page: httpx.Client) -> None:
    def state() -> tuple[int, str]:
        """Of EXTERNAL's connector."""
        (status,) = (
            each["status"]
            for each in page.get("connectors.json").json()
            if each["host"] == "EXTERNAL"
        )
        return status["queued"], status["state"]

    model = page.get("model.json").json()
    assert [each["name"] for each in model["columns"]] == ["EXTERNAL", "firewall", "INTERNAL"]
    assert "has no capture of q196381 that may be read" in model["notes"][0]
    message = {"from": JONES, "to": [SMITH], "subject": "x", "text": "x"}
    sent = page.post("send", json={"host": "EXTERNAL", "message": message})
    assert sent.status_code == 200, sent.text
    until(lambda: state() == (1, "waiting"))
    thrown = page.post("throw", json={"settings": {TRANSPARENCY: "off"}})
    assert thrown.status_code == 200, thrown.text
    called = page.post("call", json={"host": "EXTERNAL", "connector": "FIREWALL"})
    assert called.json()["state"] == "open"
    until(lambda: state()[0] == 0)
    assert {1293, 1290} <= {each["event"] for each in page.get("model.json").json()["said"]}


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"settings": {"EXTERNAL.server.site": "Elsewhere"}}, "started again"),
        ({"settings": {TRANSPARENCY: "off"}, "restart": True}, "docker compose restart"),
        ({"fault": {"on": "outside", "reset": True}}, "--backend netns, not docker compose"),
        (
            {"settings": {"firewall.tunnels": TUNNEL}},
            "when its container starts",
        ),
    ],
)
def test_what_cannot_be_done_there_is_refused_and_changes_nothing(
    page: httpx.Client, directory: Path, wanted: dict[str, Any], why: str
) -> None:
    before = [file.read_text("utf-8") for file in sorted(directory.glob("*/config.yaml"))]
    refused = page.post("throw", json=wanted)
    assert (refused.status_code, why in refused.text) == (422, True), refused.text
    assert "--restart" not in refused.text
    assert [file.read_text("utf-8") for file in sorted(directory.glob("*/config.yaml"))] == before


def test_hosts_that_are_not_there_are_named(tmp_path: Path) -> None:
    where = ("--at", "127.0.0.1:8102", "--captures", str(tmp_path), "--hosts", str(tmp_path))
    done = lab_command("watch", "labs/q196381.yaml", *where)
    assert done.returncode == 2
    assert f"{tmp_path}/EXTERNAL/config.yaml" in done.stderr
    assert "mta-lab serve writes it" in done.stderr
