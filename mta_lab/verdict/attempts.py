"""Every call of a run: the caller's record of it, with those of the called MTA and of firewalls.

A record names a connection by its ends. Where a firewall opens a connection of its own, its record
leads from one to the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from firewall_proxy.records import Connection, Outcome
from labkit.addresses import IPAddress, host_of, parse_address
from labkit.records import Record
from mta_emu.mta.log.records import Association, Listening
from mta_lab.engines.records import Decided, SynOutcome
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology, mta_address

Ends = tuple[str, str]  # the caller's end and the called one's, "address:port"

#: What an association's first state means, where it alone decides.
_STATES = {
    "open": Disposition.DELIVERED,
    "unreachable": Disposition.UNREACHABLE,
    "aborted": Disposition.CUT_OFF,
}
#: Which check says that somebody else than the called MTA's admission refused the call.
_REFUSED = {
    "MTA name": Disposition.REJECTED,  # the caller, the credentials in the answer
    "password": Disposition.REJECTED,
    "transport connect": Disposition.CUT_OFF,
}
#: What a firewall that had accepted a connection did with it; it passed on all others.
_STOPPED = {
    Outcome.DENIED: Disposition.BLOCKED,
    Outcome.NO_REQUEST: Disposition.BLOCKED,
    Outcome.LIMIT: Disposition.BLOCKED,
    Outcome.REFUSED: Disposition.UNREACHABLE,
    Outcome.UNREACHABLE: Disposition.UNREACHABLE,
    Outcome.TIMED_OUT: Disposition.UNREACHABLE,
    Outcome.FAILED: Disposition.UNREACHABLE,
}
#: The same for a firewall that others wrote.
_BECOMES = {
    SynOutcome.STOPPED: Disposition.BLOCKED,
    SynOutcome.CLOSED: Disposition.BLOCKED,
    SynOutcome.UNREACHABLE: Disposition.UNREACHABLE,
}


@dataclass(frozen=True)
class Attempt:
    """A try to open an association.

    `caller` is None where nobody knows who called. `answer` is the called MTA's record of it, None
    where it made none; `passed` are the records of the firewalls that it came to, in order.
    """

    caller: str | None
    called: str | None
    connector: str | None  # the caller's
    disposition: Disposition
    time: datetime
    made: Association | None = None
    answer: Association | None = None
    passed: tuple[Connection | Decided, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether mail can leave by it."""
        return self.disposition is Disposition.DELIVERED

    @property
    def source_seen(self) -> IPAddress | None:
        """The source address that the called MTA saw."""
        return address_of(self.answer.peer) if self.answer else None


@dataclass
class Calls:
    """The calls in the records of MTAs and the connections of firewalls."""

    topology: Topology
    records: Mapping[str, Sequence[Record]]
    connections: Sequence[Connection | Decided]
    _answers: dict[tuple[str, Ends], list[Association]] = field(default_factory=dict)
    _tried: set[str] = field(default_factory=set)  # callers' ends whose call is known

    def attempts(self) -> list[Attempt]:
        """All calls, in the order in which they ended or were accepted."""
        for name in self.topology.mtas:
            for record in firsts(self.records[name]):
                if record.initiated == "remotely" and record.local:
                    ends = record.peer, record.local
                    self._answers.setdefault((name, ends), []).append(record)
        made = [
            (name, record)
            for name in self.topology.mtas
            for record in firsts(self.records[name])
            if record.initiated == "locally"
        ]
        self._tried = {record.local for _, record in made if record.local}
        found = [self._attempt(name, record) for name, record in made]
        for (name, _), left in self._answers.items():
            for record in left:
                self._add(found, name, record)
        return sorted(found, key=lambda each: each.time)

    def _attempt(self, name: str, record: Association) -> Attempt:
        """A call by its caller's record, joined with the called MTA's."""
        passed = self._passed(name, record)
        stopped = next(filter(None, map(_stopped, passed)), None)
        ends = _onward(passed) or (record.local or "", record.peer)
        answer = called = None
        if record.local and (called := self.topology.mta_at(address_of(ends[1]))):
            left = self._answers.get((called, ends), [])
            answer = left.pop(0) if left else None
        called = called or led_to(self.topology, name, record.connector)
        disposition = stopped or _disposition(record)
        return Attempt(
            name, called, record.connector, disposition, record.time, record, answer, passed
        )

    def _add(self, found: list[Attempt], name: str, answer: Association) -> None:
        """Add an answer that no call has the ends of: the first call to there that it fits."""
        caller = self._caller(name, answer)
        for number, each in enumerate(found):
            if each.caller == caller and each.called in (name, None) and _fits(each, answer):
                found[number] = replace(each, called=name, answer=answer)
                return
        found.append(Attempt(caller, name, None, _answered(answer), answer.time, None, answer))

    def _passed(self, name: str, record: Association) -> tuple[Connection | Decided, ...]:
        """What firewalls said of a call, from the first that it came to."""
        found: list[Connection | Decided] = []
        come = self._come_to(name, record)
        while come and come not in found:
            found.append(come)
            ends = come.onward_source, come.onward_destination
            come = next((each for each in self.connections if _ends(each) == ends), None)
        return tuple(found)

    def _come_to(self, name: str, record: Association) -> Connection | Decided | None:
        """What the first firewall said of a call.

        Where nothing was connected, the caller's own end is not known: it is the first one of its
        addresses that no earlier call had. A firewall may say it later than the caller.
        """
        if record.local:
            ends = record.local, record.peer
            return next((each for each in self.connections if _ends(each) == ends), None)
        own, to = self.topology.host_addresses()[name], self.topology.resolve(name, record.peer)
        for each in self.connections:
            if (
                each.source not in self._tried
                and address_of(each.source) in own
                and address_of(each.destination) == to
            ):
                self._tried.add(each.source)
                return each
        return None

    def _caller(self, name: str, record: Association) -> str | None:
        """The MTA of a call that no caller's record goes with: by connector, else by address."""
        if caller := led_to(self.topology, name, record.connector):
            return caller
        return self._by_address(address_of(record.peer), mta_address(self.topology.mtas[name]))

    def _by_address(self, seen: IPAddress, called: IPAddress) -> str | None:
        """The MTA whose call came from `seen` to `called`: its own address, or a firewall's.

        What a firewall opened leads back to what it accepted, which another one may have opened.
        """
        passed: set[tuple[IPAddress, IPAddress]] = set()
        while (seen, called) not in passed:
            if direct := self.topology.mta_at(seen):
                return direct
            passed.add((seen, called))
            for connection in self.connections:
                source, to = connection.onward_source, connection.onward_destination
                if source and to and (address_of(source), address_of(to)) == (seen, called):
                    seen = address_of(connection.source)
                    called = address_of(connection.destination)
                    break
        return None


def firsts(records: Iterable[Record]) -> Iterator[Association]:
    """The first record of each association: it says what became of the call."""
    known: set[int] = set()
    for record in records:
        if isinstance(record, Listening):  # started again, and numbers begin anew
            known.clear()
        if isinstance(record, Association) and record.association not in known:
            known.add(record.association)
            yield record


def led_to(topology: Topology, name: str, connector_name: str | None) -> str | None:
    """The MTA that a connector of the MTA `name` leads to."""
    for connector in topology.mtas[name].connectors:
        if connector.name == connector_name:
            return topology.called_by(name, connector)
    return None


def _onward(passed: Sequence[Connection | Decided]) -> Ends | None:
    """The ends of what the last firewall sent or opened onward; None: none did."""
    for each in reversed(passed):
        if each.onward_source and each.onward_destination:
            return each.onward_source, each.onward_destination
    return None


def _ends(passed: Connection | Decided) -> Ends:
    return passed.source, passed.destination


def address_of(end: str) -> IPAddress:
    """The address of an end as a record has it, which may have no port."""
    return parse_address(host_of(end))


def _disposition(record: Association) -> Disposition:
    """What became of a call that no firewall stopped, by the caller's record."""
    if decided := _STATES.get(record.state):
        return decided
    return _REFUSED.get(record.check, Disposition.REFUSED)


def _stopped(passed: Connection | Decided) -> Disposition | None:
    """How a firewall stopped a call; None: it passed it on."""
    if isinstance(passed, Decided):
        return _BECOMES.get(passed.outcome)
    return _STOPPED.get(passed.outcome)


def _answered(record: Association) -> Disposition:
    """What became of a call of which only the called MTA has a record."""
    if record.state == "open":
        return Disposition.DELIVERED
    return Disposition.CUT_OFF if record.connector is None else Disposition.REFUSED


def _fits(attempt: Attempt, answer: Association) -> bool:
    """Whether an answer can be the one to a call: both sides know whether the bind was accepted."""
    accepted = attempt.disposition in (Disposition.DELIVERED, Disposition.REJECTED)
    return attempt.answer is None and accepted == (answer.state == "open")
