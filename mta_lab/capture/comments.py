"""Which packets of a capture belong to which records, also as comments on the packets.

A record of an MTA names the ends of a connection, or an association whose first record did. Its
packet is the one that brought the SPDU which such a record goes with, sent by the same end or the
other, on the same connection: the refusal of a refused bind, the third turn-giving for the third
turn that was given. A transfer's is the one that ended what was then secured, and what was
delivered here came with that. A record without such a packet gives no comment.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from labkit.addresses import host_of
from labkit.records import Record
from mta_emu.decode.association import Association as Captured
from mta_emu.decode.steps import Side, Step
from mta_emu.mta.log.records import (
    Association,
    ConnectorState,
    Delivered,
    EventLogged,
    Listening,
    Transfer,
    Turn,
)

Ends = tuple[str, str]  # local, peer: "address:port"


class _Moment(Enum):
    ACCEPT = auto()
    TURN_PLEASE = auto()
    TURN_GIVE = auto()
    START = auto()
    END = auto()
    SECURED = auto()
    FINISH = auto()
    REFUSAL = auto()
    CLOSE = auto()


_CALLS, _CONNECTED = "SYN", "SYN ACK"
#: By the name of a PDU, what a record may say about it.
_MOMENTS = {
    "AC": _Moment.ACCEPT,
    "PT": _Moment.TURN_PLEASE,
    "GT": _Moment.TURN_GIVE,
    "GTC": _Moment.TURN_GIVE,
    "AS": _Moment.START,
    "AE": _Moment.END,
    "AEA": _Moment.SECURED,
    "FN": _Moment.FINISH,
    "RF": _Moment.REFUSAL,
    "AB": _Moment.REFUSAL,
    "DR": _Moment.REFUSAL,
    "ER": _Moment.REFUSAL,
    "FIN": _Moment.CLOSE,
    "RST": _Moment.CLOSE,
}


#: The states of an association that was refused or broken off.
_BROKEN = ("refused", "aborted", "unreachable")


class _Conversation:
    """An association of the capture, as one of its ends sees it."""

    def __init__(self, association: Captured, us: Side) -> None:
        self._steps: dict[tuple[_Moment, bool], list[Step]] = defaultdict(list)  # True: by us
        self._asked: Counter[tuple[_Moment, bool]] = Counter()
        self._first = association.steps[0] if association.steps else None
        pdus = {layer.pdu for step in association.steps for layer in step.layers}
        #: Whether it is a call of ours that never became a connection.
        self.unanswered = us is Side.CALLING and _CALLS in pdus and _CONNECTED not in pdus
        for step in association.steps:
            for moment in {_MOMENTS[layer.pdu] for layer in step.layers if layer.pdu in _MOMENTS}:
                self._steps[moment, step.sender is us].append(step)

    def next(self, moment: _Moment, *, ours: bool) -> Step | None:
        """The first such step, by us or by the peer, that was not asked for before."""
        number = self._asked[moment, ours]
        self._asked[moment, ours] += 1
        steps = self._steps[moment, ours]
        return steps[number] if number < len(steps) else None

    def first_transfer(self, since: Step) -> Step | None:
        """The first transfer that we began since a step."""
        starts = self._steps[_Moment.START, True]
        return next((step for step in starts if step.frame >= since.frame), None)

    def transferred(self, *, ours: bool) -> Step | None:
        """The end of the next transfer that was secured, by us or by the peer."""
        secured = self.next(_Moment.SECURED, ours=not ours)
        if secured is None:
            return None
        ends = [step for step in self._steps[_Moment.END, ours] if step.frame <= secured.frame]
        return ends[-1] if ends else None

    def end(self) -> Step | None:
        """The step that refused the association or broke it off; the call that nobody answered."""
        for moment in (_Moment.REFUSAL, _Moment.CLOSE):
            steps = self._steps[moment, True] + self._steps[moment, False]
            if steps:
                return min(steps, key=lambda step: step.frame)
        return self._first if self.unanswered else None


@dataclass(frozen=True)
class Explained:
    """A packet, by the step that it completed, and a record that goes with it.

    `number` is the record's place among those of its host, from 0. `text` is what the record says
    of the packet; empty where the packet says as much.
    """

    host: str
    number: int
    step: Step
    text: str = ""


class _Mta:
    """One MTA's records, in order, and the packets that they go with."""

    def __init__(self, name: str, conversations: Mapping[Ends, Sequence[_Conversation]]) -> None:
        self._name = name
        self._conversations = {ends: [*found] for ends, found in conversations.items()}
        self._queued: dict[str, int] = {}
        self._came: dict[str, Step] = {}  # by MTS identifier, the end of its transfer
        self._begin("")

    def _begin(self, address: str) -> None:
        """The MTA has started: it listens at an address, and numbers its associations from 1."""
        self._address = address
        self._by_number: dict[int, _Conversation] = {}
        self._ours: set[int] = set()  # that we initiated
        self._broken: set[int] = set()  # that were refused or broken off

    def explained(self, records: Sequence[Record]) -> Iterator[Explained]:
        """Each record that has its packet, with that."""
        for number, record in enumerate(records):
            for step, text in self._told(record):
                if step:
                    yield Explained(self._name, number, step, text)

    def _told(self, record: Record) -> Iterator[tuple[Step | None, str]]:
        """The steps that a record is about, and what it says of each."""
        match record:
            case Listening():
                self._begin(host_of(record.address))
            case ConnectorState():
                self._queued[record.connector] = record.queued
            case Association():
                self._meet(record)
                yield from self._association(record)
            case EventLogged():
                yield from self._event(record)
            case Turn():
                yield from self._turn(record)
            case Transfer():
                yield self._transfer(record), ""
            case Delivered():
                yield self._came.get(record.mts_identifier), ""

    def _meet(self, record: Association) -> None:
        """Find the conversation of an association that a record names for the first time."""
        number = record.association
        if record.local:
            found = self._conversations.get((record.local, record.peer))
        else:
            found = self._unanswered(record.peer)
        if number not in self._by_number and found:
            self._by_number[number] = found.pop(0)
            if record.initiated == "locally":
                self._ours.add(number)
        if record.state in _BROKEN:
            self._broken.add(number)

    def _unanswered(self, peer: str) -> list[_Conversation] | None:
        """Our calls from one port to a peer that was not connected; its record has no ends."""
        for (local, called), found in self._conversations.items():
            here = host_of(local) == self._address and host_of(called) == host_of(peer)
            if here and found and found[0].unanswered:
                return found
        return None

    def _association(self, record: Association) -> Iterator[tuple[Step | None, str]]:
        conversation = self._by_number.get(record.association)
        if not conversation:
            return
        match record.state, record.association in self._ours:
            case "open", False:
                text = f"accepts the bind for connector {record.connector}"
                yield conversation.next(_Moment.ACCEPT, ours=True), text
            case "open", True:
                yield conversation.next(_Moment.ACCEPT, ours=False), ""
            case "refused", True:
                yield conversation.end(), ""
            case "refused", False:
                yield conversation.end(), f"refuses the bind{record.why}"
            case "released", True:
                yield conversation.next(_Moment.FINISH, ours=True), "releases the association"
            case "released", False:
                yield conversation.next(_Moment.FINISH, ours=False), ""
            case "unreachable", True:
                yield conversation.end(), f"is not connected{record.why}"
            case "aborted", _:
                yield conversation.end(), f"the association is aborted{record.why}"

    def _event(self, record: EventLogged) -> Iterator[tuple[Step | None, str]]:
        """An event of an association that was refused or broken off is about that."""
        conversation = self._by_number.get(record.association or 0)
        if conversation and record.association in self._broken:
            yield conversation.end(), f"{record.id} logged here: {record.text}"

    def _turn(self, record: Turn) -> Iterator[tuple[Step | None, str]]:
        conversation = self._by_number.get(record.association)
        if not conversation:
            return
        match record.what:
            case "asked":
                yield conversation.next(_Moment.TURN_PLEASE, ours=True), "asks for the turn"
            case "given":
                yield conversation.next(_Moment.TURN_GIVE, ours=True), "gives the turn"
            case "requested":
                yield conversation.next(_Moment.TURN_PLEASE, ours=False), ""
            case "received":
                given = conversation.next(_Moment.TURN_GIVE, ours=False)
                yield given, ""
                queued = self._queued.get(record.connector, 0)
                if given and queued:
                    text = f"the drain begins, {queued} queued"
                    yield conversation.first_transfer(given), text

    def _transfer(self, record: Transfer) -> Step | None:
        conversation = self._by_number.get(record.association or 0)
        if not conversation:
            return None
        step = conversation.transferred(ours=record.direction == "out")
        if step and record.direction == "in":
            self._came[record.mts_identifier] = step
        return step


def explained(
    captured: Sequence[Captured], records: Mapping[str, Sequence[Record]]
) -> Iterator[Explained]:
    """The packets that the records of MTAs, by name, go with: by MTA, in the order of records."""
    conversations: dict[Ends, list[_Conversation]] = defaultdict(list)
    for association in captured:
        calling, called = (str(association.ends[side]) for side in Side)
        conversations[calling, called].append(_Conversation(association, Side.CALLING))
        conversations[called, calling].append(_Conversation(association, Side.CALLED))
    for name, said in records.items():
        yield from _Mta(name, conversations).explained(said)


def comments(
    captured: Sequence[Captured], records: Mapping[str, Sequence[Record]]
) -> dict[int, list[str]]:
    """The comments that the records of MTAs, by name, give to packets, by number from 1."""
    texts: dict[int, list[str]] = defaultdict(list)
    for each in explained(captured, records):
        if each.text:
            texts[each.step.frame].append(f"{each.host}: {each.text}")
    return dict(texts)
