"""The page that `docker compose up` brings up: what works on it, and whom it is no way to."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx

from tests.mta_lab.composed import BOTH, PROJECT, Compose, PutUp, until
from tests.patience import PATIENCE

SMITH = "C=US;A= ;P=Contoso;O=Inside;S=Smith"
JONES = "C=US;A= ;P=Contoso;O=Outside;S=Jones"
FIREWALL = {"host": "EXTERNAL", "connector": "FIREWALL"}
TRANSPARENCY = "firewall.services.x400-inbound.client_side_transparency"

#: Says what became of a connection.
CALL = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()
    print("CONNECTED")
except OSError as error:
    print("FAILED", error)
"""


class Browser:
    """Whoever has the page's address, as the logs have it."""

    def __init__(self, compose: Compose) -> None:
        (self.url,) = re.findall(r"http://127\.0\.0\.1:\d+/\S+/", compose("logs", "page"))
        self.origin, _, token = self.url.rstrip("/").rpartition("/")
        heads = {"Authorization": f"Bearer {token}", "Origin": self.origin}
        self._client = httpx.Client(base_url=self.url, timeout=PATIENCE, headers=heads)

    def get(self, name: str) -> Any:
        answer = self._client.get(name)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def order(self, name: str, body: Any, status: int = 200) -> Any:
        answer = self._client.post(name, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def queued(self) -> int:
        found = self.get("connectors.json")
        return sum(each["status"]["queued"] for each in found if each["host"] == "EXTERNAL")

    def refused(self) -> bool:
        """Whether the refused call is there, with the packet that each of its events is about."""
        page = self.get("model.json")
        causes = [each["caused_by"] for each in page["said"] if each["event"] in (1293, 1290)]
        calls = [page["calls"][page["arrows"][cause]["call"]] for each in causes for cause in each]
        return [each["disposition"] for each in calls] == ["refused", "refused"]


@BOTH
def test_the_seed_by_its_page(composed: PutUp) -> None:
    """Five wait; transparency is switched off; "call now"; none waits."""
    compose = composed("q196381")
    page = Browser(compose)
    assert httpx.get(f"{page.origin}/", timeout=PATIENCE).status_code == 403
    assert httpx.get(f"{page.origin}/model.json", timeout=PATIENCE).status_code == 403
    model = page.get("model.json")
    assert [each["name"] for each in model["columns"]] == ["EXTERNAL", "firewall", "INTERNAL"]
    for _ in range(5):
        message = {"from": JONES, "to": [SMITH], "subject": "From the page", "text": "x"}
        page.order("send", {"host": "EXTERNAL", "message": message})
    until(page.refused)
    until(lambda: page.queued() == 5)
    off = {"settings": {TRANSPARENCY: "off"}}
    (foreseen,) = (each for each in page.order("foresee", off) if each["kinds"])
    assert (foreseen["sender"], foreseen["after"]["disposition"]) == ("EXTERNAL", "delivered")
    page.order("throw", off)
    assert page.order("call", FIREWALL)["state"] == "open"
    until(lambda: page.queued() == 0)
    assert len(page.get("mailbox.json?host=INTERNAL")) == 5
    assert "Every host does its work: docker compose logs page" in compose("logs", "ready")


@BOTH
def test_another_lab_in_its_place_has_another_page(composed: PutUp) -> None:
    """The hosts' records stay, as their queues do, and packets are those of the new start."""
    compose = composed("q196381")
    before = Browser(compose)
    message = {"from": JONES, "to": [SMITH], "subject": "From the page", "text": "x"}
    before.order("send", {"host": "EXTERNAL", "message": message})
    until(before.refused)
    compose = composed("q196381-transparency-off")
    page = Browser(compose)
    assert page.url != before.url
    assert httpx.get(before.url, timeout=PATIENCE).status_code == 403
    page.order("call", FIREWALL)
    until(lambda: page.queued() == 0)

    def delivered() -> bool:
        return {each["disposition"] for each in page.get("model.json")["calls"]} == {"delivered"}

    until(delivered)
    model = page.get("model.json")
    assert model["topology"] == "q196381-transparency-off"
    assert 1293 in {each["event"] for each in model["said"]}


@BOTH
def test_what_cannot_be_done_there_says_why(composed: PutUp) -> None:
    page = Browser(composed("q196381"))
    assert "--backend netns" in page.get("switches.json")["no_faults"]
    fault = page.order("throw", {"fault": {"on": "outside", "drop": 10}}, 422)
    assert "faults need networks of the lab's own: --backend netns" in fault["detail"]
    off = {"settings": {TRANSPARENCY: "off"}, "restart": True}
    assert "docker compose restart" in page.order("throw", off, 422)["detail"]
    tunnel = "[{name: x, between: [203.0.113.10, 198.51.100.10], port: 102}]"
    routed = page.order("throw", {"settings": {"firewall.tunnels": tunnel}}, 422)
    assert "set up when its container starts" in routed["detail"]


@BOTH
def test_the_page_is_no_way_between_networks(composed: PutUp, docker: Callable[..., str]) -> None:
    compose = composed("q196381")
    (container,) = docker("ps", "--quiet", "--filter", f"name={PROJECT}[-_]page").split()
    (found,) = json.loads(docker("inspect", container))
    ((name, network),) = found["NetworkSettings"]["Networks"].items()
    assert name == f"{PROJECT}_page"
    published = found["NetworkSettings"]["Ports"]["8102/tcp"]
    assert [each["HostIp"] for each in published] == ["127.0.0.1"]
    host = found["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert found["Config"]["User"] == "x400"
    assert not any("docker.sock" in each for each in host["Binds"] or [])

    def call(service: str, address: str, port: int) -> str:
        return compose("exec", "-T", service, "python3", "-c", CALL, address, str(port))

    assert "CONNECTED" in call("page", network["IPAddress"], 8102)
    for service in ("external", "firewall", "internal"):
        for address in (network["IPAddress"], network["Gateway"]):
            assert "FAILED" in call(service, address, 8102), (service, address)
    for address in ("203.0.113.10", "203.0.113.1", "198.51.100.1", "198.51.100.10"):
        assert "FAILED" in call("page", address, 102), address
