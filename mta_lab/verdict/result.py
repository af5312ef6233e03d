"""The result of a run, as `mta-lab run --json` prints it; docs/lab-json.md describes each field."""

from ipaddress import IPv4Address
from typing import Any, Literal

from pydantic import ConfigDict, Field

from firewall_proxy.records import Connection
from labkit.config import Section
from mta_emu.mta.log.records import Association, EventLogged, ProtocolError
from mta_lab.topology.play import Outcome


class Flow(Section):
    """Mail from its first MTA to its last, and what came of the calls between these two.

    `outcome` is None when no connector leads from the one to the other: the mail is relayed.
    """

    model_config = ConfigDict(populate_by_name=True)

    sender: str = Field(alias="from")
    receiver: str = Field(alias="to")
    outcome: Outcome | None
    source_seen: IPv4Address | None
    associations: int
    sent: int
    delivered_directly: int
    picked_up: int
    queued_at_end: int


class MtaResult(Section):
    """What one MTA showed."""

    address: IPv4Address
    events: tuple[EventLogged, ...]
    associations: tuple[Association, ...]
    protocol_errors: tuple[ProtocolError, ...]


class FirewallResult(Section):
    """What the firewall showed."""

    connections: tuple[Connection, ...]


class CaptureResult(Section):
    """The capture of the run."""

    file: str
    method: Literal["kernel", "sockets"]
    packets: int
    dropped: int
    port: int
    decode_as: str | None


#: "played": nothing was expected, and so nothing can differ.
Verdict = Literal["pass", "fail", "played"]


class Difference(Section):
    """Something that is not as the topology file says."""

    where: str
    expected: Any
    observed: Any


class Result(Section):
    """A run's result."""

    topology: str
    title: str
    backend: str
    verdict: Verdict
    differences: tuple[Difference, ...]
    addresses: dict[IPv4Address, IPv4Address]
    flows: tuple[Flow, ...]
    mtas: dict[str, MtaResult]
    firewall: FirewallResult | None
    capture: CaptureResult
