"""The hosts of a lab, all of them running."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from firewall_proxy.records import Listening as FirewallListening
from labkit.config import ConfigurationError
from labkit.records import Record, as_json
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.log.records import Listening, Problem, Reloaded
from mta_lab.backends.loopback import Loopback
from mta_lab.lab.changes import read_changes
from mta_lab.lab.directory import Lab
from mta_lab.lab.processes import processes_of
from mta_lab.lab.records import of_kind
from mta_lab.play.hosts import Hosts
from mta_lab.play.process import HostFailedError, NotInTimeError
from mta_lab.topology.faults import Fault
from tests.openfiles import held_open
from tests.patience import PATIENCE

ACTIVATION = "EXTERNAL.connectors.FIREWALL.schedule.activation"


@pytest.fixture
async def hosts(lab: Lab) -> AsyncIterator[Hosts]:
    hosts = Hosts(lab, Loopback(), PATIENCE)
    await hosts.start()
    yield hosts
    await hosts.stop()


async def test_all_are_listening_once_they_are_started(hosts: Hosts, lab: Lab) -> None:
    assert [*hosts.records] == [*lab.topology.host_addresses()]
    for said in hosts.records.values():
        assert isinstance(said[0], (Listening, FirewallListening))


async def test_another_command_attaches_to_what_runs(hosts: Hosts, lab: Lab) -> None:
    others = Hosts(lab, Loopback(), PATIENCE)
    others.attach("INTERNAL")
    (theirs,), ours = others.records.values(), hosts.records["INTERNAL"]
    both = min(len(theirs), len(ours))  # either may have heard what the other has not read yet
    assert both
    assert theirs[:both] == ours[:both]
    others.leave()
    hosts.check()


async def test_what_does_not_run_cannot_be_attached_to(lab: Lab) -> None:
    with pytest.raises(ConfigurationError, match="lab lab: EXTERNAL is not running"):
        Hosts(lab, Loopback(), PATIENCE).attach()


async def test_a_change_is_taken_and_written_down(hosts: Hosts, lab: Lab) -> None:
    await hosts.change({ACTIVATION: "never"})
    assert len(of_kind(Reloaded, hosts.records["EXTERNAL"])) == 1
    assert of_kind(Reloaded, hosts.records["INTERNAL"]) == ()
    assert "activation: never" in lab.files("EXTERNAL").configuration.read_text("utf-8")
    assert [each.path for each in read_changes(lab.directory).changes] == [ACTIVATION]


async def test_a_change_that_is_refused_leaves_the_host_as_it_was(hosts: Hosts, lab: Lab) -> None:
    before = lab.files("EXTERNAL").configuration.read_text("utf-8")
    (process,) = processes_of(lab.directory, "EXTERNAL")
    with pytest.raises(ConfigurationError, match="only when the MTA is started again"):
        await hosts.change({"EXTERNAL.server.site": "Elsewhere"})
    assert lab.files("EXTERNAL").configuration.read_text("utf-8") == before
    assert read_changes(lab.directory).changes == ()
    assert [*processes_of(lab.directory, "EXTERNAL")] == [process]


async def test_a_restart_keeps_what_was_said(hosts: Hosts, lab: Lab) -> None:
    (before,) = processes_of(lab.directory, "INTERNAL")
    first = hosts.records["INTERNAL"][0]
    await hosts.restart("INTERNAL")
    assert hosts.records["INTERNAL"][0] == first
    assert len(of_kind(Listening, hosts.records["INTERNAL"])) == 2
    (after,) = processes_of(lab.directory, "INTERNAL")
    assert after != before


async def test_the_place_of_a_fault_must_be_there(hosts: Hosts, lab: Lab) -> None:
    fault = Fault(on="dmz", reset=True)
    with pytest.raises(ConfigurationError, match="no network or service 'dmz'; there are: outside"):
        await hosts.disturb(fault)
    with pytest.raises(ConfigurationError, match="--backend netns, not loopback"):
        await hosts.disturb(Fault(on="outside", reset=True))
    assert not (lab.directory / "faults.yaml").exists()


async def test_patience_ends_with_a_complaint(lab: Lab) -> None:
    hosts = Hosts(lab, Loopback(), 0.05)
    with pytest.raises(NotInTimeError, match=r"after 0\.05 s: nobody came"):
        await hosts.until(lambda: False, lambda: "nobody came")


async def test_a_host_that_ends_is_missed_at_once(hosts: Hosts, lab: Lab) -> None:
    await hosts._running["INTERNAL"].stop()
    with pytest.raises(HostFailedError, match="INTERNAL: ended with status 0"):
        await hosts.until(lambda: False, lambda: "not reached")


async def test_at_the_end_only_the_firewall_is_heard(lab: Lab) -> None:
    """Its log of a connection comes when that ends; what MTAs say of theirs is of no interest."""
    heard: list[tuple[str, Record]] = []
    hosts = Hosts(lab, Loopback(), PATIENCE, lambda *said: heard.append(said))
    await hosts.start()
    started = len(heard)
    assert await hosts.stop() == []
    assert {host for host, _ in heard[started:]} <= {"firewall"}
    assert [*processes_of(lab.directory)] == []


def spoil(file: Path) -> None:
    file.write_text("server: 1\n", "utf-8")


async def test_a_host_that_cannot_start_says_why(lab: Lab) -> None:
    spoil(lab.files("EXTERNAL").configuration)
    hosts = Hosts(lab, Loopback(), PATIENCE)
    with pytest.raises(HostFailedError, match="EXTERNAL: ended with status 2: ") as failure:
        await hosts.start()
    assert failure.value.status == 2
    await hosts.stop()


@pytest.fixture
async def tasks(lab: Lab) -> AsyncIterator[Hosts]:
    """The hosts as tasks of this process."""
    hosts = Hosts(lab, Loopback(), PATIENCE, tasks=True)
    await hosts.start()
    yield hosts
    await hosts.stop()


async def test_hosts_that_are_tasks_say_and_leave_what_processes_do(tasks: Hosts, lab: Lab) -> None:
    assert [*tasks.records] == [*lab.topology.host_addresses()]
    assert [*processes_of(lab.directory)] == []
    await tasks.restart("INTERNAL")
    assert len(of_kind(Listening, tasks.records["INTERNAL"])) == 2
    for host, records in tasks.records.items():
        written = lab.files(host).records.read_text("utf-8").splitlines()
        assert written == [as_json(record) for record in records]


async def test_a_task_takes_a_change_or_stays_as_it_was(tasks: Hosts, lab: Lab) -> None:
    await tasks.change({ACTIVATION: "never"})
    assert len(of_kind(Reloaded, tasks.records["EXTERNAL"])) == 1
    before = lab.files("EXTERNAL").configuration.read_text("utf-8")
    with pytest.raises(ConfigurationError, match="only when the MTA is started again"):
        await tasks.change({"EXTERNAL.server.site": "Elsewhere"})
    assert lab.files("EXTERNAL").configuration.read_text("utf-8") == before
    service = "firewall.services.x400-inbound.client_side_transparency"
    await tasks.change({service: True})
    assert len(of_kind(FirewallListening, tasks.records["firewall"])) == 2


async def test_what_a_connector_does_after_a_change_is_its_own_mtas(
    tasks: Hosts, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise RuntimeError("nobody waits for this")

    begun: list[object] = []

    def begin(_: Connector) -> None:
        begun.append(asyncio.create_task(fail()))
        asyncio.get_running_loop().call_soon(begun.clear)

    monkeypatch.setattr(Connector, "start", begin)
    await tasks.change({ACTIVATION: "never"})
    await tasks.until(
        lambda: bool(of_kind(Problem, tasks.records["EXTERNAL"])), lambda: "no problem was said"
    )
    assert of_kind(Problem, tasks.records["INTERNAL"]) == ()


async def test_a_task_that_cannot_start_says_why_and_the_others_end(lab: Lab) -> None:
    spoil(lab.files("EXTERNAL").configuration)
    hosts = Hosts(lab, Loopback(), PATIENCE, tasks=True)
    with pytest.raises(HostFailedError, match="EXTERNAL: ended with status 2: ") as failure:
        await hosts.start()
    assert failure.value.status == 2
    assert await hosts.stop() == []


async def test_nothing_is_left_of_hosts_that_were_tasks(lab: Lab) -> None:
    hosts = Hosts(lab, Loopback(), PATIENCE, tasks=True)
    here = asyncio.current_task()
    before = held_open(lab.directory)
    await hosts.start(tapped=True)
    assert held_open(lab.directory) > before
    assert await hosts.stop() == []
    assert asyncio.all_tasks() == {here}
    assert held_open(lab.directory) == before
