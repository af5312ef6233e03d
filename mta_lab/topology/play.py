"""What is played on a topology, and what must be seen of it."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, ClassVar, Literal

from pydantic import Field, PositiveInt, model_validator

from labkit.addresses import IPAddress
from labkit.config import Section
from mta_emu.mta.configuration.fields import AddressText
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.faults import Fault, Faults

_LONGEST = 366 * 24 * 3600  # lab seconds that a step may wait

Priority = Literal["urgent", "normal", "non-urgent"]


class Mail(Section):
    """Messages or probes submitted at an MTA."""

    at: str
    """The MTA."""
    sender: AddressText = Field(alias="from")
    """The O/R address of the originator."""
    to: AddressText
    """The O/R address of the recipient."""
    stray: bool = False
    """Whether no MTA has a mailbox for it, and that is what the play is about."""
    subject: str = "Lab mail"
    """The subject."""
    text: str = "Sent by the lab."
    """The text."""
    priority: Priority = "normal"
    """The grade of delivery; urgent mail has an association of its own (Q215472)."""
    count: PositiveInt = 1
    """How many such messages."""
    probe: bool = False
    """Whether it is a probe, which only asks whether a message could be delivered."""

    @property
    def request(self) -> dict[str, Any]:
        """What its user asks an MTA to submit, as the control socket takes it."""
        said = self.model_dump(include={"subject", "text", "priority", "count", "probe"})
        return {"to": [str(self.to)], "from": str(self.sender), **said}


class Awaited(Section):
    """What the play waits for; with the word `settled` in its place, rest everywhere.

    At an MTA it is an `event` in its log, or so many messages `delivered` since the beginning. Time
    is so many lab `seconds`, whatever happens in them. A program has `ended` by itself.
    """

    event: int | None = None
    """The ID of an event in the log of the MTA `at`."""
    delivered: PositiveInt | None = None
    """How many messages the MTA `at` has delivered since the beginning."""
    seconds: float | None = Field(default=None, gt=0, le=_LONGEST)
    """Lab seconds."""
    ended: str | None = None
    """The program that has ended."""
    at: str | None = None
    """The MTA of `event` or `delivered`."""

    @model_validator(mode="before")
    @classmethod
    def _settled(cls, value: Any) -> Any:
        return {} if value == "settled" else value

    @model_validator(mode="after")
    def _both(self) -> "Awaited":
        somewhere = [each for each in (self.event, self.delivered) if each is not None]
        anywhere = [each for each in (self.seconds, self.ended) if each is not None]
        if len(somewhere) != (self.at is not None) or len(somewhere + anywhere) > 1:
            raise ValueError(
                "give an event or how many are delivered, `at` an MTA; or seconds; or the program "
                "that has ended; or the word settled"
            )
        return self

    def __str__(self) -> str:
        """How long, as the end of a sentence."""
        if self.event is not None:
            return f"for event {self.event} at {self.at}"
        if self.delivered is not None:
            return f"until {self.at} has delivered {self.delivered}"
        if self.seconds is not None:
            return f"for {self.seconds:g} lab seconds"
        if self.ended is not None:
            return f"until {self.ended} has ended"
        return "until nothing moves any more"


class PlayStep(Section):
    """One step of the play: exactly one of its fields is given."""

    send: Mail | None = None
    """Submit messages."""
    awaited: Awaited | None = Field(default=None, alias="await")
    """Wait; `settled` waits until nothing moves any more."""
    queued: dict[str, int] | None = None
    """Check how many messages wait at each of these MTAs."""
    settings: dict[str, Any] | None = Field(default=None, alias="set")
    """Change fields of hosts, by the paths that `mta-lab set` takes."""
    restart: str | None = None
    """Restart this host: an MTA keeps its queues, a firewall loses its connections."""
    fault: Fault | None = None
    """Bring a fault of the network about, or lift one."""

    @model_validator(mode="after")
    def _one(self) -> "PlayStep":
        if len(self.model_fields_set) != 1:
            raise ValueError("a step is one of send, await, queued, set, restart and fault")
        return self

    def __str__(self) -> str:
        """The step in a sentence."""
        if mail := self.send:
            what = "probe" if mail.probe else "message"
            several = f"a {what}" if mail.count == 1 else f"{mail.count} {what}s"
            return f"send {several} at {mail.at} to {mail.to}"
        if self.awaited:
            return f"wait {self.awaited}"
        if self.queued:
            waiting = (f"{count} at {name}" for name, count in self.queued.items())
            return f"check what is queued: {', '.join(waiting)}"
        if self.settings:
            return f"set {', '.join(f'{path}={value}' for path, value in self.settings.items())}"
        return f"restart {self.restart}" if self.restart else f"fault on {self.fault}"


def faults_at_start(play: Sequence[PlayStep]) -> Faults:
    """The faults that a play brings about before all else, and that stay: the first mail has them.

    One that is lifted or ends by itself is the play's own matter.
    """
    first = takewhile(lambda step: step.fault is not None, play)
    standing = tuple(step.fault for step in first if step.fault and not _ends(step.fault))
    return Faults(faults=standing)


def _ends(fault: Fault) -> bool:
    return fault.lift or fault.lasting is not None


class FlowExpectation(Section):
    """What is expected of the mail from one MTA to another; what is left out may be anything."""

    other_words: ClassVar = {"outcome": "disposition", "picked_up": "collected"}

    sender: str = Field(alias="from")
    """The MTA that the mail comes from."""
    receiver: str = Field(alias="to")
    """The MTA that it goes to."""
    disposition: Disposition | None = None
    """What becomes of the mail, in the words of [the glossary](glossary.md)."""
    source_seen: IPAddress | None = None
    """The source address that the receiver sees."""
    associations: int | None = None
    """Associations that the sender opens."""
    sent: int | None = None
    """Messages that were submitted."""
    delivered_directly: int | None = None
    """Messages that arrive over an association which the sending side opened."""
    collected: int | None = None
    """Messages that the receiver fetches over an association of its own."""
    queued_at_end: int | None = None
    """Messages that wait at the sender at the end."""


class Expectation(Section):
    """What the run must show: figures per flow, and the whole event log, IDs in order, per MTA."""

    flows: tuple[FlowExpectation, ...] = ()
    """The mail from one MTA to another."""
    events: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    """By MTA, the [events](events.md) of its log, all of them and in order."""


#: Where a part of a topology file is: the name of a field, then keys and indices.
Keys = tuple[str, *tuple[object, ...]]


def events(play: Sequence[PlayStep], expect: Expectation) -> Iterator[tuple[Keys, int]]:
    """Every place that names an event by its ID."""
    for number, step in enumerate(play):
        if step.awaited is not None and step.awaited.event is not None:
            yield ("play", number, "await", "event"), step.awaited.event
    for name, expected in expect.events.items():
        yield from ((("expect", "events", name), event) for event in expected)


def references(play: Sequence[PlayStep], expect: Expectation) -> Iterator[tuple[Keys, str]]:
    """Every place that names an MTA."""
    for number, step in enumerate(play):
        if step.send is not None:
            yield ("play", number, "send", "at"), step.send.at
        if step.awaited is not None and step.awaited.at is not None:
            yield ("play", number, "await", "at"), step.awaited.at
        for name in step.queued or {}:
            yield ("play", number, "queued", name), name
    for number, flow in enumerate(expect.flows):
        yield ("expect", "flows", number, "from"), flow.sender
        yield ("expect", "flows", number, "to"), flow.receiver
    for name in expect.events:
        yield ("expect", "events", name), name
