"""The lifelines, from left to right: a host each, a firewall between those that it is between.

A topology has them all. In a capture by others they are found: each address is one, and the inner
ends of a joined call are a firewall's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

from labkit.addresses import End, IPAddress
from labkit.text import visible
from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side
from mta_lab.topology.files import Topology
from mta_lab.web.model.joined import Joined
from mta_lab.web.model.page import ColumnKind


@dataclass(eq=False)
class Lifeline:
    """A column while it is not known yet which comes where."""

    name: str
    kind: ColumnKind
    addresses: list[IPAddress] = field(default_factory=list)


@dataclass
class Columns:
    """The lifelines that there are; an address that none has gets one of its own."""

    lifelines: list[Lifeline] = field(default_factory=list)

    @classmethod
    def of_topology(cls, topology: Topology) -> Self:
        """Every host of a topology."""
        addresses = topology.host_addresses()
        return cls(
            [
                Lifeline(name, _kind(topology, name), [*addresses[name]])
                for name in _across(topology)
            ]
        )

    def ways(self, calls: Iterable[Joined]) -> dict[int, tuple[Lifeline, Lifeline]]:
        """Where each leg begins and ends, by the identity of its association.

        Calls through firewalls come first: then it is known which addresses are those.
        """
        found: dict[int, tuple[Lifeline, Lifeline]] = {}
        for call in sorted(calls, key=lambda each: -len(each.legs)):
            first, last = call.legs[0], call.legs[-1]
            stops = [self._of(_address(first, Side.CALLING))]
            for (outer, inner), name in zip(pairwise(call.legs), call.between, strict=True):
                stops.append(self._between(outer, inner, name, stops[-1]))
            stops.append(self._of(_address(last, Side.CALLED)))
            for end, association, side in (
                (stops[0], first, Side.CALLING),
                (stops[-1], last, Side.CALLED),
            ):
                if end.kind == "address" and side in association.mta_names:
                    end.name = visible(association.mta_names[side])
            found |= {id(leg): way for leg, way in zip(call.legs, pairwise(stops), strict=True)}
        return found

    def _of(self, address: IPAddress) -> Lifeline:
        """Whose address that is."""
        if (known := self._with([address])) is None:
            known = Lifeline(str(address), "address", [address])
            self.lifelines.append(known)
        return known

    def _with(self, addresses: Iterable[IPAddress]) -> Lifeline | None:
        wanted = set(addresses)
        return next((each for each in self.lifelines if wanted & {*each.addresses}), None)

    def _between(
        self, outer: Association, inner: Association, name: str | None, before: Lifeline
    ) -> Lifeline:
        """The firewall that made `inner` of `outer`.

        Its are the ends between, but for an address that it took on or let pass.
        """
        if name is not None:
            return next(each for each in self.lifelines if each.name == name)
        others = {_address(outer, Side.CALLING), _address(inner, Side.CALLED)}
        own = {_address(outer, Side.CALLED), _address(inner, Side.CALLING)} - others
        found = self._with(own)
        if found is None:
            found = Lifeline(", ".join(sorted(map(str, own))) or "firewall", "firewall")
            self.lifelines.insert(self.lifelines.index(before) + 1, found)
        if found.kind == "address":
            found.kind = "firewall"
        if found.kind == "firewall":
            found.addresses += sorted(own - {*found.addresses}, key=str)
        return found


def _address(association: Association, side: Side) -> IPAddress:
    return End.parse(str(association.ends[side])).address


def _kind(topology: Topology, name: str) -> ColumnKind:
    if name in topology.firewalls:
        return "firewall"
    return "mta" if name in topology.mtas else "program"


def _across(topology: Topology) -> Iterator[str]:
    """Every host: from network to network, as firewalls lead, those between behind the first."""
    on = {
        network: [
            name
            for name, addresses in topology.host_addresses().items()
            if any(topology.network_of(each) == network for each in addresses)
        ]
        for network in topology.networks
    }
    said: set[str] = set()
    waiting = [*topology.networks]
    while waiting:
        network = waiting.pop(0)
        hosts = [name for name in on[network] if name not in said]
        yield from sorted(hosts, key=lambda name: name in topology.firewalls)
        said.update(hosts)
        beyond = [each for each in waiting if {*on[each]} & {*hosts} & {*topology.firewalls}]
        waiting = beyond + [each for each in waiting if each not in beyond]
    yield from (name for name in topology.host_addresses() if name not in said)
