"""What waits in the queues of a lab that is up, and what would come of a call."""

from labkit.loop import run
from mta_lab.commands.given import Given
from mta_lab.lab.directory import Lab
from mta_lab.play.connectors import connectors
from mta_lab.rehearsal.waiting import Waiting, waiting


def waiting_in(lab: Lab, now: Given) -> tuple[Waiting, ...]:
    """The mail that waits in a lab, `now` being its topology as it is; MTAs are asked."""
    return waiting(now.topology, now.faults, run(connectors(lab)))
