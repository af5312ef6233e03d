"""What became of each message: the way that it took, leg by leg, and what kept it where it is.

An MTA's records say by whose association a message came; where it went no further, the calls of the
MTA that has it say why, or there were none.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from labkit.records import Record
from mta_emu.mta.log.records import (
    Association,
    ConnectorState,
    Delivered,
    Reported,
    Submitted,
    Transfer,
)
from mta_emu.mta.policy.schedule import ActivationState, activation_state
from mta_emu.mts.report import Diagnostic, code_name
from mta_lab.lab.records import of_kind
from mta_lab.topology.disposition import DELIVERED, NOT_DELIVERED, Disposition, of_all
from mta_lab.topology.files import Topology
from mta_lab.verdict.attempts import Attempt, led_to

_ENDS = ("released", "aborted")
#: The diagnostics of reports, which come last in their words, that have a word of their own.
_REPORTED = {
    code_name(Diagnostic.LOOP_DETECTED, Diagnostic): Disposition.LOOPING,
    code_name(Diagnostic.UNRECOGNISED_OR_NAME, Diagnostic): Disposition.NO_CONNECTOR,
}


@dataclass(frozen=True)
class Leg:
    """A message has gone from one MTA to the next, or waits there; then `receiver` may be None."""

    sender: str
    receiver: str | None
    disposition: Disposition


@dataclass
class Ways:
    """The ways of the messages of a run; `submitted` says where each began.

    Those of `probes` arrive where a report says that a message could be delivered.
    """

    topology: Topology
    records: Mapping[str, Sequence[Record]]
    attempts: Sequence[Attempt]
    submitted: Mapping[str, str]
    probes: Collection[str] = ()

    def of_mail(self, identifiers: Iterable[str]) -> Disposition | None:
        """What became of these messages; None: there are none."""
        return of_all(self._disposition(each) for each in sorted(identifiers))

    def arrived(self, identifier: str, at: str) -> Disposition | None:
        """By whose call a message came to an MTA; None: it did not."""
        return next((came for name, came in self._arrivals.get(identifier, ()) if name == at), None)

    def of_leg(self, sender: str, receiver: str) -> Disposition | None:
        """What became of all mail on the leg between two MTAs; None: there was none."""
        return of_all(
            leg.disposition
            for legs in self.legs.values()
            for leg in legs
            if (leg.sender, leg.receiver) == (sender, receiver)
        )

    @cached_property
    def legs(self) -> dict[str, list[Leg]]:
        """The legs of each message; a message that was ended, or arrived, waits nowhere."""
        return {each: list(self._legs(each, at)) for each, at in self.submitted.items()}

    def _disposition(self, identifier: str) -> Disposition:
        return (
            self._ended.get(identifier)
            or of_all(leg.disposition for leg in self.legs[identifier])
            or Disposition.DELIVERED
        )

    def _legs(self, identifier: str, at: str) -> Iterator[Leg]:
        for name, came in self._arrivals.get(identifier, ()):
            yield Leg(at, name, came)
            at = name
        if identifier not in self._ended and identifier not in self._delivered:
            yield self._stuck(at, self._came_to(at, identifier))

    def _stuck(self, at: str, since: datetime) -> Leg:
        """The leg of mail that waits at an MTA since then.

        The last call over its connector says why, unless its association had ended before.
        """
        queues = {each.connector: each.queued for each in of_kind(ConnectorState, self.records[at])}
        waiting = [name for name, queued in queues.items() if queued]
        receivers = [led_to(self.topology, at, name) for name in waiting]
        calls = [each for each in self.attempts if each.caller == at and each.connector in waiting]
        if calls and not self._over(calls[-1], since):
            last = calls[-1]
            disposition = Disposition.STALLED if last.accepted else last.disposition
            return Leg(at, last.called or next(iter(receivers), None), disposition)
        schedules = [
            each.schedule for each in self.topology.mtas[at].connectors if each.name in waiting
        ]
        now = max(each.time for each in self.records[at])
        opens = any(
            activation_state(each, now) is ActivationState.WILL_BECOME_ACTIVE for each in schedules
        )
        disposition = Disposition.WAITING if opens else Disposition.NEVER_CALLED
        return Leg(at, next(iter(receivers), None), disposition)

    def _came_to(self, at: str, identifier: str) -> datetime:
        """When an MTA took a message that waits there."""
        return next(
            each.time
            for each in self.records[at]
            if isinstance(each, Submitted | Transfer) and each.mts_identifier == identifier
        )

    def _over(self, call: Attempt, since: datetime) -> bool:
        """Whether the association of a call had ended then."""
        made = call.made
        return call.accepted and any(
            (each.association, each.local) == (made.association, made.local)
            for each in of_kind(Association, self.records[str(call.caller)])
            if made and each.state in _ENDS and each.time <= since
        )

    @cached_property
    def _arrivals(self) -> dict[str, list[tuple[str, Disposition]]]:
        """Where each message came in, in order, and over whose call."""
        found: list[tuple[Transfer, str, Disposition]] = []
        for name in self.topology.mtas:
            initiated: dict[int | None, str] = {}
            for record in self.records[name]:
                if isinstance(record, Association):
                    initiated[record.association] = record.initiated
                elif isinstance(record, Transfer) and record.direction == "in":
                    fetched = initiated[record.association] == "locally"
                    came = Disposition.COLLECTED if fetched else Disposition.DELIVERED
                    found.append((record, name, came))
        arrivals: dict[str, list[tuple[str, Disposition]]] = {}
        for record, name, came in sorted(found, key=lambda each: each[0].time):
            arrivals.setdefault(record.mts_identifier, []).append((name, came))
        return arrivals

    @cached_property
    def _ended(self) -> dict[str, Disposition]:
        """The messages that an MTA ended by a report."""
        return {
            record.mts_identifier: next(
                (word for code, word in _REPORTED.items() if record.outcome.endswith(code)),
                Disposition.REPORTED,
            )
            for records in self.records.values()
            for record in of_kind(Reported, records)
            if record.outcome.startswith(NOT_DELIVERED)
        }

    @cached_property
    def _delivered(self) -> frozenset[str]:
        """What is in a mailbox, and the probes that could be."""
        return frozenset(
            record.mts_identifier
            for records in self.records.values()
            for record in records
            if isinstance(record, Delivered)
            or (
                isinstance(record, Reported)
                and record.mts_identifier in self.probes
                and record.outcome.startswith(DELIVERED)
            )
        )
