"""The page's JSON, in one schema for runs and captures; docs/page-json.md is made of this.

Things are named by their places in the lists, from 0: `arrows[7].call` is the place in `calls`.
Moments are wall seconds after `began`. Addresses are those of the topology file; display filters
have those on the wire, which `addresses` leads to. What is for people has no control characters.
"""

from typing import Any, Literal

from pydantic import Field

from labkit.config import Section

ColumnKind = Literal["mta", "firewall", "program", "address"]
#: What an arrow decides about its call; "" is nothing.
Outcome = Literal["", "accepted", "refused", "cut off", "reset", "unanswered"]


class Clock(Section):
    """The lab's clock beside the wall's."""

    lab_began: str
    """Lab time at `began`, ISO 8601."""
    scale: float
    """Lab seconds per wall second."""


class Column(Section):
    """A lifeline: a host, a firewall, or an address that nobody has a name for."""

    name: str
    """The host's name, that of the MTA in its bind, or its address."""
    kind: ColumnKind
    """What it is; `firewall` also where only the packets show one."""
    addresses: tuple[str, ...]
    """Its addresses."""


class Leg(Section):
    """One of the connections of a call; the firewall between two of them has both of its ends."""

    number: int
    """The association's number in the capture, from 1, as `mta-emu decode` has it."""
    sender: int
    """The column of the calling end."""
    receiver: int
    """The column of the called end."""
    calling: str
    """The calling end, "address:port": the source address that the called end sees."""
    called: str
    """The called end."""


class Call(Section):
    """A call from one MTA to another, with every connection that firewalls made of it."""

    legs: tuple[Leg, ...]
    """Its connections, the caller's first."""
    mode: str
    """`normal mode`, `X.410-1984 mode`, or empty where nothing shows it."""
    disposition: str
    """What became of it, as docs/glossary.md has the words; empty where the capture lacks its
    beginning."""
    reason: str
    """Why, as the one who decided recorded it; else what its packets look like."""
    configured: str
    """Where that is configured: file, line and field."""
    filter: str
    """The display filter that shows it."""
    began: float
    """When its first packet was seen."""
    ended: float
    """When its last one was."""


class Layer(Section):
    """What one layer makes of an arrow, from below."""

    layer: str
    """Its name: network, transport, session, presentation, acse, rtse, mts."""
    primitive: str
    """The service primitive, or what the protocol calls it."""
    kind: str
    """`request`, `response`, `provider`, or `pdu` where there is no primitive."""
    pdu: str
    """The protocol's name of it."""
    summary: str
    """What it says, on a line."""
    parameters: dict[str, Any]
    """What it holds."""


class Finding(Section):
    """What is wrong with an arrow, or what one should know about it."""

    severity: Literal["protocol broken", "deviation", "note"]
    """How bad it is."""
    layer: str
    """Whose rule it is against; empty for a note."""
    text: str
    """What was found, and what would be right."""
    count: int
    """How often; it stands at the first."""


class Arrow(Section):
    """What one side did on one leg of a call."""

    call: int
    """Its call."""
    leg: int
    """Its leg of that."""
    frame: int
    """The number of the packet that completed it, from 1."""
    time: float
    """When."""
    sender: int
    """The column that it leaves."""
    receiver: int
    """The column that it comes to."""
    source: str
    """The end that sent it."""
    destination: str
    """The end that got it."""
    name: str
    """Its primitive at the sender, of the highest layer."""
    text: str
    """What it says, a line for each layer, the highest first."""
    outcome: Outcome
    """What it decides about its call."""
    passed_on: bool
    """Whether a firewall only passes on what stands on the leg before."""
    mail: bool
    """Whether it has a message, a probe or a report."""
    filter: str
    """The display filter that shows its packet."""
    layers: tuple[Layer, ...]
    """What each layer makes of it."""
    findings: tuple[Finding, ...]
    """What is wrong with it."""
    brought: tuple[int, ...]
    """What it brought about, in `said`."""


class Packet(Section):
    """The octets over TCP that an arrow's packet has."""

    octets: str
    """The first of them, Base64."""
    length: int
    """How many it has."""


class Said(Section):
    """What a host said: an event of its log, a firewall's decision, or another record."""

    time: float
    """When."""
    host: str
    """Who."""
    kind: str
    """`event`, `connection`, `decided`, or another kind of docs/records.md."""
    event: int | None = None
    """An event's ID."""
    type: str = ""
    """An event's type: Information, Warning, Error."""
    source: str = ""
    """An event's source."""
    category: str = ""
    """An event's category."""
    text: str
    """What it says."""
    reason: str = ""
    """Why."""
    configured: str = ""
    """Where that is configured: file, line and field."""
    caused_by: tuple[int, ...] = ()
    """What brought it about, in `arrows`; the first decided."""


class Queue(Section):
    """How long a queue was."""

    host: str
    """The MTA."""
    connector: str
    """Its connector."""
    points: tuple[tuple[float, int], ...]
    """When it changed, and how many messages it had from then on."""


class Played(Section):
    """A step of the play."""

    time: float
    """When it began."""
    text: str
    """What it is."""


class Page(Section):
    """All that the page shows."""

    title: str
    """What is shown."""
    topology: str = ""
    """The topology's name; empty for a capture by others."""
    verdict: str = ""
    """`pass`, `fail`, `played`; empty for a lab that is up and for a capture by others."""
    differences: tuple[str, ...] = ()
    """What is not as the topology file expects."""
    began: str
    """The wall's time that moments count from, ISO 8601."""
    clock: Clock | None = None
    """The lab's clock; null for a capture by others."""
    capture: str
    """The name of the capture file; empty where nothing could be captured."""
    judged: bool = True
    """Whether it says what became of calls, and joins and names them; exercises ask for that."""
    notes: tuple[str, ...] = ()
    """What one should know about the capture as a whole."""
    addresses: dict[str, str] = Field(default_factory=dict)
    """From the addresses here to those on the wire, where they differ."""
    columns: tuple[Column, ...]
    """The lifelines, from left to right."""
    calls: tuple[Call, ...]
    """The calls, as they began."""
    arrows: tuple[Arrow, ...]
    """What was sent, by frame."""
    packets: dict[int, Packet]
    """The packets of the arrows, by frame."""
    said: tuple[Said, ...] = ()
    """What the hosts said, in order."""
    queues: tuple[Queue, ...] = ()
    """The queues."""
    played: tuple[Played, ...] = ()
    """What was played."""
