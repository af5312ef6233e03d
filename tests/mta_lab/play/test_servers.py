"""Which hosts can be tasks, and what they run."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from firewall_proxy.serving import Serving as FirewallServing
from labkit.config import document_of, parse
from mta_emu.mta.log.records import Listening
from mta_emu.serving import Serving as MtaServing
from mta_lab.lab.directory import Lab
from mta_lab.play.servers import program
from mta_lab.topology.files import Topology

Change = Callable[[dict[str, Any]], None]


def changed(lab: Lab, change: Change) -> Lab:
    document = document_of(lab.topology)
    change(document)
    topology = parse(document, Topology, "changed")
    placement = lab.placement.model_copy(update={"topology": topology})
    return lab.model_copy(update={"placement": placement})


@pytest.mark.parametrize(
    ("host", "kind"),
    [("INTERNAL", MtaServing), ("EXTERNAL", MtaServing), ("firewall", FirewallServing)],
)
async def test_hosts_are_tasks(lab: Lab, host: str, kind: type) -> None:
    found = program(lab, host, tapped=False)
    assert found
    server = found.make()
    assert isinstance(server, kind)
    stopped = asyncio.Event()
    await server.run(lambda _: stopped.set(), stopped)  # until it listens


async def test_an_mta_that_is_tapped_leaves_its_tap(lab: Lab) -> None:
    found = program(lab, "INTERNAL", tapped=True)
    assert found
    stopped, said = asyncio.Event(), []

    def hear(record: object) -> None:
        said.append(record)
        stopped.set()

    await found.make().run(hear, stopped)
    assert isinstance(said[0], Listening)
    assert lab.files("INTERNAL").tap.exists()


def opens_http(document: dict[str, Any]) -> None:
    document["mtas"]["INTERNAL"]["server"]["http"] = {}


def opens_smtp(document: dict[str, Any]) -> None:
    document["mtas"]["INTERNAL"]["server"]["smtp"] = {}


def logs_into_a_file(document: dict[str, Any]) -> None:
    document["firewalls"]["firewall"]["log"] = {"file": "firewall.log"}


@pytest.mark.parametrize(
    ("host", "change"),
    [
        ("INTERNAL", opens_http),
        ("INTERNAL", opens_smtp),
        ("firewall", logs_into_a_file),
    ],
)
def test_one_that_opens_doors_or_names_a_file_is_a_process(
    lab: Lab, host: str, change: Change
) -> None:
    lab = changed(lab, change)
    assert program(lab, host, tapped=False) is None
