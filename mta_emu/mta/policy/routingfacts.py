"""What the choice of a route looks at in a message, kept beside the queues that the message is in.

Copies that are alike in it go the same way: it is chosen once for all of them, and none of their
envelopes is read for it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mta_emu.mta.policy.routing import RoutingQuestion
from mta_emu.mts.apdu import Head
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Report
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement, since_readdressed

_KB = 1024
_write = json.JSONEncoder(separators=(",", ":")).encode
_NO_TRIES: Mapping[str, int] = MappingProxyType({})
#: The attributes of an address that address spaces match.
_MATCHED = (
    "country",
    "administration_domain",
    "private_domain",
    "network_address",
    "terminal_identifier",
    "organization",
    "numeric_user_identifier",
    "common_name",
    "surname",
    "given_name",
    "initials",
    "generation_qualifier",
    "organizational_units",
    "domain_defined",
)


@dataclass(frozen=True)
class RoutingFacts:
    """Where a copy is to go, from whom, how long it is, and which domains it has passed.

    The length is in KB that were begun, because size limits are in KB; a report has no originator.
    What was redirected or expanded here may go back by the connector that it came in by.
    """

    destinations: tuple[ORAddress, ...]
    originator: ORAddress | None = None
    kilobytes: int = 0
    domains: frozenset[GlobalDomain] = frozenset()
    readdressed: bool = False

    @classmethod
    def of(
        cls, head: Head, content_length: int, here: GlobalDomain, *, readdressed: bool = False
    ) -> "RoutingFacts":
        """The facts of a copy to those of its recipients that it is responsible for.

        This MTA's own domain, `here`, does not stand in its way.
        """
        if isinstance(head, Report):
            domains = _passed(head.envelope.trace, here)
            return cls((head.envelope.destination,), domains=domains)
        octets = (head.content_length or 0) if isinstance(head, Probe) else content_length
        return cls(
            tuple(each.address for each in head.recipients if each.responsible),
            head.originator,
            -(-octets // _KB),
            _passed(head.trace, here),
            readdressed,
        )

    def questions(
        self, came_by: str | None = None, tries: Mapping[str, int] = _NO_TRIES
    ) -> Iterator[RoutingQuestion]:
        """The question for each destination, of what came in by a connector and was tried so."""
        for destination in self.destinations:
            yield self.question(destination, came_by, tries)

    def question(
        self,
        destination: ORAddress,
        came_by: str | None = None,
        tries: Mapping[str, int] = _NO_TRIES,
    ) -> RoutingQuestion:
        """The question for one destination."""
        octets = self.kilobytes * _KB
        came_by = None if self.readdressed else came_by
        return RoutingQuestion(destination, came_by, self.originator, octets, self.domains, tries)

    def to_text(self) -> str:
        """The facts as JSON; of those that are equal it is the same text."""
        originator = self.originator and _attributes(self.originator)
        domains = sorted([*vars(each).values()] for each in self.domains)
        destinations = [_attributes(each) for each in self.destinations]
        return _write([destinations, originator, self.kilobytes, domains, self.readdressed])

    @classmethod
    def from_text(cls, text: str) -> "RoutingFacts":
        """Read what `to_text` wrote; of the addresses there is what decides the way."""
        destinations, originator, kilobytes, domains, readdressed = json.loads(text)
        return cls(
            tuple(map(_address, destinations)),
            _address(originator) if originator else None,
            kilobytes,
            frozenset(GlobalDomain(*each) for each in domains),
            readdressed,
        )


def responsible_recipients(head: Head) -> list[Recipient | None]:
    """The recipients of the destinations of a copy, in their order; None: a report's."""
    if isinstance(head, Report):
        return [None]
    return [each for each in head.recipients if each.responsible]


def _passed(trace: tuple[TraceElement, ...], here: GlobalDomain) -> frozenset[GlobalDomain]:
    return frozenset(element.domain for element in since_readdressed(trace)) - {here}


def _attributes(address: ORAddress) -> dict[str, Any]:
    return {name: value for name in _MATCHED if (value := getattr(address, name))}


def _address(attributes: dict[str, Any]) -> ORAddress:
    units = tuple(attributes.pop("organizational_units", ()))
    defined = tuple((kind, value) for kind, value in attributes.pop("domain_defined", ()))
    return ORAddress(**attributes, organizational_units=units, domain_defined=defined)
