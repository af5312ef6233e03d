"""What is played for somebody else does no harm here."""

from collections.abc import Callable
from typing import Any

import pytest

from labkit.config import ConfigurationError, parse
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course import COURSE
from mta_lab.exercises.course.sites import sites
from mta_lab.exercises.harmless import require_harmless
from mta_lab.topology.files import Topology

HERE = sites(Chance("harmless", "1"))
OUTER, INNER = (site.mta for site in HERE.both)


def program(document: dict[str, Any]) -> None:
    command = ["touch", "/tmp/harm"]
    address = str(HERE.networks["inside"][250])
    document["programs"] = {"TOOL": {"address": address, "command": command}}


def engine(document: dict[str, Any]) -> None:
    wall = document["firewalls"]["WALL"]
    document["firewalls"]["WALL"] = {
        "engine": "haproxy",
        "interfaces": wall["interfaces"],
        "text": "global\n  external-check\n",
    }


def sysctl(document: dict[str, Any]) -> None:
    document["firewalls"]["WALL"]["sysctls"] = {"net.ipv4.ip_forward": 1}


def log(document: dict[str, Any]) -> None:
    document["firewalls"]["WALL"]["log"] = {"file": "/root/.profile"}


def http(document: dict[str, Any]) -> None:
    document["mtas"][INNER]["server"]["http"] = {"address": "127.0.0.1", "port": 8103}


def smtp(document: dict[str, Any]) -> None:
    document["mtas"][INNER]["server"]["smtp"] = {"maildir": "/root/Maildir"}


def stack(document: dict[str, Any]) -> None:
    document["mtas"][OUTER]["connectors"][0]["stack"]["address"] = "8.8.8.8"


def by_name(document: dict[str, Any]) -> None:
    document["mtas"][OUTER]["server"]["hosts"] = {"far": "8.8.8.8"}
    document["mtas"][OUTER]["connectors"][0]["stack"]["address"] = "far"


def destination(document: dict[str, Any]) -> None:
    service = document["firewalls"]["WALL"]["services"][0]
    service["destination"]["address"] = "169.254.169.254"


def other_address(document: dict[str, Any]) -> None:
    stack = document["mtas"][OUTER]["server"]["transport_stack"]
    stack["other_addresses"] = ["127.0.0.1"]


def change(document: dict[str, Any]) -> None:
    document["play"] = [{"set": {f"{OUTER}.server.local_mta_name": "X"}}]


def for_ever(document: dict[str, Any]) -> None:
    document["play"] = [{"await": {"seconds": 30_000_000}}]


def flood(document: dict[str, Any]) -> None:
    message = HERE.mail(*HERE.both)
    message["send"]["count"] = 10**9
    document["play"] = [message]


HARMS = {
    program: "programs.TOOL: an exercise runs no command",
    engine: "only a proxy is played",
    sysctl: "the kernel's settings",
    log: r"log.file: '/root/.profile': an exercise writes no file",
    http: "server.http: an exercise opens no door",
    smtp: "server.smtp: an exercise opens no door",
    stack: "stack.address: 8.8.8.8 lies in no network",
    by_name: "server.hosts.far: 8.8.8.8 lies in no network",
    destination: "destination.address: 169.254.169.254 lies in no network",
    other_address: "127.0.0.1 lies in no network",
    change: r"play\[0\]: only mail is sent",
    for_ever: r"play\[0\]: only mail is sent",
    flood: r"play\[0\]: only mail is sent",
}


@pytest.mark.parametrize(
    ("harm", "said"), HARMS.items(), ids=lambda each: getattr(each, "__name__", "")
)
def test_each_harm_is_refused(harm: Callable[[dict[str, Any]], None], said: str) -> None:
    document = HERE.document([HERE.mail(*HERE.both), {"await": "settled"}])
    require_harmless(parse(document, Topology, "t"), "hosts")  # without it there is none
    harm(document)
    with pytest.raises(ConfigurationError, match=said):
        require_harmless(parse(document, Topology, "t"), "hosts")


def test_what_exercises_repair_is_harmless() -> None:
    for exercise in COURSE:
        scenario = exercise.scenario("1")
        if scenario.repair:
            require_harmless(scenario.topology, exercise.name)
            require_harmless(scenario.repair.healthy, exercise.name)
