"""The result of a run, as `mta-lab run --json` prints it; docs/lab-json.md is made of this."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from firewall_proxy.records import Connection
from labkit.addresses import IPAddress
from labkit.config import Section
from mta_emu.mta.log.records import Association, EventLogged, ProtocolError
from mta_lab.engines.records import Decided
from mta_lab.topology.disposition import Disposition

#: What a difference expects where a step of a play did not come about in time.
STEP_SUCCEEDS = "a step that succeeds"


class Flow(Section):
    """Mail from its first MTA to its last, and the calls between these two.

    There is one for the mail that was sent between two MTAs, for each pair that `expect` names, and
    for each direction in which a connector leads from one MTA to another.
    """

    model_config = ConfigDict(populate_by_name=True)

    sender: str = Field(alias="from")
    """The first MTA."""
    receiver: str = Field(alias="to")
    """The last MTA."""
    disposition: Disposition | None
    """What became of all that was sent from one to the other, else of what went that way, or waits
    to; null: there was nothing. docs/glossary.md has the words."""
    source_seen: IPAddress | None
    """The source address that the called MTA saw; null when nobody called."""
    associations: int
    """How many of the first MTA's calls the last one accepted."""
    sent: int
    """Messages submitted for this direction."""
    delivered_directly: int
    """Those that arrived at the last MTA over an association that another one opened."""
    collected: int
    """Those that arrived over an association that the last MTA opened."""
    queued_at_end: int
    """Messages in the first MTA's queue for the last one when the play ended; of relayed mail,
    those that have neither arrived nor been ended by a report."""

    @property
    def delivered(self) -> int:
        """Messages that arrived, whoever opened the association."""
        return self.delivered_directly + self.collected


class MtaResult(Section):
    """What one MTA showed."""

    address: IPAddress
    """The MTA's address."""
    events: tuple[EventLogged, ...]
    """Its event log: each record `event`."""
    associations: tuple[Association, ...]
    """Each change of an association, with its reason and where that is configured: each record
    `association`. A restarted MTA numbers them from 1 again; `local` distinguishes them."""
    protocol_errors: tuple[ProtocolError, ...]
    """Each peer that spoke no X.400: each record `protocol-error`."""


class FirewallResult(Section):
    """What one firewall showed."""

    connections: tuple[Connection, ...] = ()
    """Of an engine `proxy` each connection that ended: each record `connection`."""
    decisions: tuple[Decided, ...] = ()
    """Of a firewall that others wrote what it decided about each SYN: each record `decided`."""


class CaptureResult(Section):
    """The capture of the run."""

    file: str
    """Where it lies."""
    method: Literal["kernel", "sockets"]
    """`kernel`, or `sockets` when it was built from what they sent and received."""
    packets: int
    """How many packets it has."""
    dropped: int
    """Packets that the kernel dropped for want of room."""
    port: int
    """The port of X.400."""
    decode_as: str | None
    """The rule that Wireshark needs; null on port 102."""


class Difference(Section):
    """Something that is not as the topology file says."""

    where: str
    """What it is, or the step of the play."""
    expected: Any
    """What the file says."""
    observed: Any
    """What was seen."""


Verdict = Literal["pass", "fail", "played"]


class Result(Section):
    """A run's result."""

    topology: str
    """The file's name."""
    title: str
    """The file's title."""
    backend: str
    """Where the hosts lived: `loopback`, `netns`, `compose`."""
    verdict: Verdict
    """`pass` when everything was as `expect` says, `fail` when not, `played` when nothing is
    expected."""
    differences: tuple[Difference, ...]
    """Empty unless the verdict is `fail`."""
    addresses: dict[IPAddress, IPAddress]
    """From the file's addresses to those on the wire."""
    flows: tuple[Flow, ...]
    """The mail, from its first MTA to its last."""
    mtas: dict[str, MtaResult]
    """What each MTA showed, by its name."""
    firewalls: dict[str, FirewallResult]
    """What each firewall showed but for routers, by its name."""
    capture: CaptureResult
    """The capture."""
