"""The way of one SYN through a topology, device by device, and what the client gets for it.

It is the way that `network.py` finds for a prediction, as it finds it.
"""

from dataclasses import dataclass

from firewall_proxy.request import Request
from labkit.addresses import End, IPAddress
from mta_lab.engines.answer import Answer, Answered, answered
from mta_lab.engines.decision import How, Stopped
from mta_lab.rehearsal.network import Network
from mta_lab.rehearsal.prediction import Step
from mta_lab.rehearsal.way import Arrived, Device
from mta_lab.topology.files import Topology


@dataclass(frozen=True)
class Trace:
    """A SYN's way, who answers it, and how.

    `source_seen` is the address that the host sees which has the connection in the end.
    """

    devices: tuple[Device, ...]
    answered: Answered
    by: str
    source_seen: IPAddress | None = None


def trace(
    topology: Topology, host: str, source: End, to: End, request: Request | None = None
) -> Trace:
    """Follow a SYN of a host from one of its addresses; `request` is what it says first."""
    devices: list[Device] = []
    steps: list[Step] = []
    ends = Network(topology).way(
        host,
        source.address,
        to,
        steps,
        source_port=source.port,
        request=request,
        devices=devices,
    )
    if isinstance(ends, Arrived):
        if ends.port in topology.listens(ends.host):
            connected = Answered(Answer.CONNECTED)
            return Trace(tuple(devices), connected, ends.host, ends.source)
        closed = Stopped(How.CLOSED_PORT, ())
        return Trace(tuple(devices), answered(closed, accepted=ends.proxied), ends.host)
    if ends.stopped is None:
        return Trace(tuple(devices), Answered(Answer.NO_ROUTE), ends.by)
    return Trace(tuple(devices), answered(ends.stopped, accepted=ends.accepted), ends.by)
