"""What waits in the queues of a lab that is up, and what would come of a call."""

from labkit.loop import run
from mta_emu.mta.controlclient import ControlError, status
from mta_emu.mta.log.status import ConnectorStatus
from mta_lab.commands.given import Given
from mta_lab.lab.directory import Lab
from mta_lab.rehearsal.waiting import Waiting, waiting


def waiting_in(lab: Lab, now: Given) -> tuple[Waiting, ...]:
    """The mail that waits in a lab, `now` being its topology as it is; MTAs are asked."""
    return waiting(now.topology, now.faults, run(_queues(lab)))


async def _queues(lab: Lab) -> list[tuple[str, ConnectorStatus]]:
    found: list[tuple[str, ConnectorStatus]] = []
    for host in lab.topology.mtas:
        try:
            connectors = (await status(lab.files(host).data)).connectors
        except ControlError:
            continue  # it does not run
        found += [(host, each) for each in connectors]
    return found
