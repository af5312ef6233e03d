"""The figures of the mail from one MTA to another: how much was sent, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firewall_proxy.records import Connection
from labkit.records import Record
from mta_emu.mta.log.records import ConnectorState, Reported
from mta_lab.engines.records import Decided
from mta_lab.lab.records import of_kind
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from mta_lab.verdict.attempts import Calls, led_to
from mta_lab.verdict.result import Flow
from mta_lab.verdict.ways import Ways


@dataclass(frozen=True)
class SentMail:
    """Messages, or probes, that an MTA took from the lab."""

    at: str
    to: str  # the MTA that has the recipient's mailbox
    mts_identifiers: tuple[str, ...]
    probe: bool = False


class RunLog:
    """The records of a run, by host, and the topology as it was on the wire."""

    def __init__(
        self,
        topology: Topology,
        records: Mapping[str, Sequence[Record]],
        connections: Sequence[Connection | Decided],
        sent_mail: Sequence[SentMail],
    ) -> None:
        """Take the MTAs' `records` and the `connections` of all firewalls."""
        self._topology = topology
        self._records = records
        self._connections = connections
        self._sent_mail = sent_mail
        self._attempts = Calls(topology, records, connections).attempts()
        submitted = {each: mail.at for mail in sent_mail for each in mail.mts_identifiers}
        probes = [each for mail in sent_mail if mail.probe for each in mail.mts_identifiers]
        self._ways = Ways(topology, records, self._attempts, submitted, probes)

    def flows(self) -> list[Flow]:
        """The figures of the mail from its first MTA to its last, and of every leg."""
        return [self._flow(*pair) for pair in self._topology.flows()]

    def _flow(self, sender: str, receiver: str) -> Flow:
        own = [each for each in self._attempts if (each.caller, each.called) == (sender, receiver)]
        accepted = [each for each in own if each.accepted]
        sources = [each.source_seen for each in accepted or own if each.source_seen]
        is_leg = (sender, receiver) in self._topology.legs()
        sent = {
            identifier
            for mail in self._sent_mail
            if (mail.at, mail.to) == (sender, receiver)
            for identifier in mail.mts_identifiers
        }
        arrived = {each: self._ways.arrived(each, receiver) for each in sent}
        on_the_way = {each for each, came in arrived.items() if came is None} - self._reported()
        ways = [*arrived.values()]
        return Flow(
            sender=sender,
            receiver=receiver,
            disposition=self._ways.of_mail(sent) or self._ways.of_leg(sender, receiver),
            source_seen=sources[-1] if sources else None,
            associations=sum(bool(each.source_seen) for each in accepted),
            sent=len(sent),
            delivered_directly=ways.count(Disposition.DELIVERED),
            collected=ways.count(Disposition.COLLECTED),
            queued_at_end=self._queued(sender, receiver) if is_leg else len(on_the_way),
        )

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
            if led_to(self._topology, sender, record.connector) == receiver
        }
        return sum(queued.values())
