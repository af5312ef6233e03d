"""Who could open to whom and how the mail went, read from what the hosts said.

The records are those of docs/records.md. The called MTA's `association` records give the
source address that it saw and whether it accepted; its `transfer` records, joined with those,
distinguish mail that came in by the sender's call from mail that it fetched over its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from firewall_proxy.records import Connection
from labkit.records import Record
from mta_emu.mta.log.records import (
    Association,
    AssociationState,
    ConnectorState,
    Listening,
    Reported,
    Transfer,
)
from mta_lab.lab.records import of_kind
from mta_lab.topology.files import Topology, mta_address
from mta_lab.topology.play import Outcome
from mta_lab.verdict.result import Flow

#: An association's states, and what they mean for the attempt to open it.
_OUTCOMES: Mapping[AssociationState, Outcome] = {
    "open": "accepted",
    "refused": "refused",
    "aborted": "refused",  # never open: the peer dropped the connection before the bind's answer
    "unreachable": "unreachable",
}
NOT_TRIED: Outcome = "not tried"
#: The best comes first: it is what the caller could reach.
_RANK: Sequence[Outcome] = ("accepted", "refused", "unreachable", NOT_TRIED)


@dataclass(frozen=True)
class SentMail:
    """Messages that an MTA took from the lab."""

    at: str
    to: str  # the MTA that has the recipient's mailbox
    mts_identifiers: tuple[str, ...]


@dataclass(frozen=True)
class Attempt:
    """A try to open an association, as one of its ends recorded it."""

    caller: str | None
    called: str | None
    outcome: Outcome
    source: IPv4Address | None = None  # known at the called end


class RunLog:
    """The records of a run, by host, and the topology as it was on the wire."""

    def __init__(
        self,
        topology: Topology,
        records: Mapping[str, Sequence[Record]],
        connections: Sequence[Connection],
        sent_mail: Sequence[SentMail],
    ) -> None:
        """Take the MTAs' `records` and the `connections` of all firewalls."""
        self._topology = topology
        self._records = records
        self._connections = connections
        self._sent_mail = sent_mail
        self._attempts = [attempt for name in topology.mtas for attempt in self._attempts_at(name)]

    def flows(self) -> list[Flow]:
        """The figures of the mail from its first MTA to its last, and of every leg."""
        return [self._flow(*pair) for pair in self._topology.flows()]

    def _flow(self, sender: str, receiver: str) -> Flow:
        attempts = [
            attempt
            for attempt in self._attempts
            if (attempt.caller, attempt.called) == (sender, receiver)
        ]
        outcomes = [attempt.outcome for attempt in attempts]
        outcome = min(outcomes, key=_RANK.index) if outcomes else NOT_TRIED
        is_leg = (sender, receiver) in self._topology.legs()
        sources = [each.source for each in attempts if each.outcome == outcome and each.source]
        sent = {
            identifier
            for mail in self._sent_mail
            if (mail.at, mail.to) == (sender, receiver)
            for identifier in mail.mts_identifiers
        }
        arrived = self._arrivals(receiver)
        directly, picked_up = sent & arrived["remotely"], sent & arrived["locally"]
        on_the_way = sent - directly - picked_up - self._reported()
        return Flow(
            sender=sender,
            receiver=receiver,
            outcome=outcome if is_leg else None,
            source_seen=sources[-1] if sources else None,
            associations=sum(each.outcome == "accepted" and bool(each.source) for each in attempts),
            sent=len(sent),
            delivered_directly=len(directly),
            picked_up=len(picked_up),
            queued_at_end=self._queued(sender, receiver) if is_leg else len(on_the_way),
        )

    def _attempts_at(self, name: str) -> Iterator[Attempt]:
        opened: set[int] = set()
        for record in self._records[name]:
            if isinstance(record, Listening):  # started again, and numbers begin anew
                opened.clear()
            if not isinstance(record, Association):
                continue
            outcome = _OUTCOMES.get(record.state)
            if outcome is None or record.association in opened:  # the end of one that was open
                continue
            if record.state == "open":
                opened.add(record.association)
            other = self._other_end(name, record)
            if record.initiated == "locally":
                yield Attempt(name, other, outcome)
            else:
                yield Attempt(other, name, outcome, _address(record.peer))

    def _arrivals(self, name: str) -> dict[str, set[str]]:
        """The MTS identifiers that an MTA received, by who initiated the association."""
        initiated: dict[int | None, str] = {}
        arrived: dict[str, set[str]] = {"remotely": set(), "locally": set()}
        for record in self._records[name]:
            if isinstance(record, Association):
                initiated[record.association] = record.initiated
            elif isinstance(record, Transfer) and record.direction == "in":
                arrived[initiated[record.association]].add(record.mts_identifier)
        return arrived

    def _reported(self) -> set[str]:
        """The MTS identifiers of what an MTA ended by a report."""
        return {
            record.mts_identifier
            for records in self._records.values()
            for record in of_kind(Reported, records)
        }

    def _queued(self, sender: str, receiver: str) -> int:
        queued = {
            record.connector: record.queued
            for record in of_kind(ConnectorState, self._records[sender])
            if self._led_to(sender, record.connector) == receiver
        }
        return sum(queued.values())

    def _other_end(self, name: str, record: Association) -> str | None:
        """The MTA at the other end: the one that the connector leads to, else by address."""
        called = self._led_to(name, record.connector)
        if called is not None or record.initiated == "locally":
            return called
        there = mta_address(self._topology.mtas[name])
        return self._caller(_address(record.peer), there)

    def _led_to(self, name: str, connector_name: str | None) -> str | None:
        for connector in self._topology.mtas[name].connectors:
            if connector.general.directory_name == connector_name:
                return self._topology.called_by(name, connector)
        return None

    def _caller(self, seen: IPv4Address, called: IPv4Address) -> str | None:
        """The MTA whose call came from `seen` to `called`: its own address, or a firewall's.

        What a firewall opened leads back to what it accepted, which another one may have opened.
        """
        passed: set[tuple[IPv4Address, IPv4Address]] = set()
        while (seen, called) not in passed:
            if direct := self._topology.mta_at(seen):
                return direct
            passed.add((seen, called))
            for connection in self._connections:
                source, to = connection.onward_source, connection.onward_destination
                if source and to and (_address(source), _address(to)) == (seen, called):
                    seen, called = _address(connection.source), _address(connection.destination)
                    break
        return None


def _address(text: str) -> IPv4Address:
    """The address of "a.b.c.d" or "a.b.c.d:port"."""
    return IPv4Address(text.partition(":")[0])
