"""The result of a run, as `mta-lab run --json` prints it; docs/lab-json.md describes each field."""

from datetime import datetime
from ipaddress import IPv4Address
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from labkit.config import Section
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


class _Reported(BaseModel):
    """A record of a host; what the lab does not report is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(_Reported):
    """A line of an MTA's event log."""

    id: int
    type: str
    source: str
    category: str
    text: str
    time: datetime


class Association(_Reported):
    """What became of an association; `local` and `peer` are its connection's ends.

    `local` is null, and `peer` as it was configured, when no connection was made.
    """

    time: datetime
    association: int
    connector: str | None
    initiated: Literal["locally", "remotely"]
    local: str | None
    peer: str
    state: str
    reason: str


class ProtocolError(_Reported):
    """A peer that was sent away because it spoke no X.400."""

    time: datetime
    peer: str
    reason: str


class MtaResult(Section):
    """What one MTA showed."""

    address: IPv4Address
    events: tuple[Event, ...]
    associations: tuple[Association, ...]
    protocol_errors: tuple[ProtocolError, ...]


class Connection(_Reported):
    """A connection through the firewall; addresses are "a.b.c.d:port"."""

    time: datetime
    service: str | None
    rule: str | None
    source: str
    destination: str
    onward_source: str | None
    onward_destination: str | None
    bytes_out: int
    bytes_in: int
    seconds: float
    outcome: str


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
