"""What exercises are played on: two sites of an organization, with an MTA in each.

Between them is a firewall, or nothing: then both are on one network, and the outer one calls. A
third MTA, the neighbour, may have called the outer one before, and not about what is asked: so the
frames that matter have other numbers in each capture, and a filter must say whose packets it means.
Names, addresses and passwords are chosen by the seed; an exercise changes the document that comes
of them, and makes a topology of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

from labkit.addresses import IPAddress, IPNetwork
from labkit.config import parse
from mta_lab.exercises.chance import Chance
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import complete

OUTSIDE, INSIDE, LAN = "outside", "inside", "lan"
_BEFORE = (1, 14)  # messages of a neighbour
INBOUND, OUTBOUND = 0, 1  # the services of the firewall

_ORGANIZATIONS = ("Contoso", "Fabrikam", "Litware", "Northwind", "Proseware", "Tailspin")
_MTAS = ("AJAX", "BOREAS", "CASTOR", "DELPHI", "EREBUS", "HYDRA", "IXION", "LEDA", "MIDAS", "ORION")
_TOWNS = ("Basel", "Cork", "Ghent", "Leiden", "Lyon", "Malmo", "Porto", "Turku", "Vienna", "York")
_PEOPLE = ("Adams", "Brown", "Diaz", "Evans", "Gupta", "Ito", "Jones", "Keller", "Moreau", "Smith")
_OUTSIDE_NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")


@dataclass(frozen=True)
class Site:
    """One site: its MTA, and somebody who writes there."""

    mta: str
    town: str
    person: str
    address: IPAddress
    calls: IPAddress  # what its MTA calls: the firewall on its network, or the other MTA
    password: str  # that its MTA gives


@dataclass(frozen=True)
class Sites:
    """Two sites of an organization; with two networks there is a firewall between them."""

    organization: str
    networks: dict[str, IPNetwork]
    outer: Site
    inner: Site
    neighbour: Site | None = None
    before: int = 0  # messages that the neighbour sends first

    @property
    def both(self) -> tuple[Site, Site]:
        """The outer site and the inner one."""
        return self.outer, self.inner

    @property
    def firewall(self) -> str:
        """The firewall's name."""
        return "WALL"

    def document(self, play: list[dict[str, Any]]) -> dict[str, Any]:
        """A topology file in which every call is accepted; the firewall shows its own address."""
        towards = {
            self.outer: [(self.inner, self.outer.calls)],
            self.inner: [(self.outer, self.inner.calls)],
        }
        first: list[dict[str, Any]] = []
        if self.neighbour:
            towards[self.outer].append((self.neighbour, self.neighbour.address))
            towards[self.neighbour] = [(self.outer, self.neighbour.calls)]
            first = [*self.mails(self.neighbour, self.outer, self.before), {"await": "settled"}]
        made: dict[str, Any] = {
            "name": "exercise",
            "title": "An exercise",
            "networks": {name: str(network) for name, network in self.networks.items()},
            "mtas": {
                own.mta: mta(self.organization, own, others) for own, others in towards.items()
            },
            "play": [*first, *play],
        }
        if len(self.networks) > 1:
            made["firewalls"] = {self.firewall: self._firewall()}
        return made

    def pair(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        """The configurations of the outer MTA and the inner one, as a document has them."""
        return [document["mtas"][site.mta] for site in self.both]

    def mail(self, sender: Site, receiver: Site) -> dict[str, Any]:
        """A step of a play: a message from one site to the other."""
        return mail(self.organization, sender, receiver)

    def mails(self, sender: Site, receiver: Site, count: int) -> list[dict[str, Any]]:
        """Several: of those that are sent in one step each says how many there are."""
        return [self.mail(sender, receiver) for _ in range(count)]

    def _firewall(self) -> dict[str, Any]:
        return {
            "interfaces": {
                OUTSIDE: {"address": str(self.outer.calls)},
                INSIDE: {"address": str(self.inner.calls)},
            },
            "services": [
                self._service("inbound", OUTSIDE, INSIDE, self.inner),
                self._service("outbound", INSIDE, OUTSIDE, self.outer),
            ],
        }

    def _service(self, name: str, at: str, onward: str, to: Site) -> dict[str, Any]:
        return {
            "name": name,
            "listen": {"interface": at, "port": 102},
            "destination": {"address": str(to.address), "port": 102},
            "onward_interface": onward,
            "client_side_transparency": False,
        }

    def table(self) -> str:
        """Who has which address, for the learner."""
        hosts = [
            (self.outer.mta, f"MTA in {self.outer.town}, outside", self.outer.address),
            (self.inner.mta, f"MTA in {self.inner.town}, inside", self.inner.address),
            (self.firewall, "firewall, outside", self.outer.calls),
            (self.firewall, "firewall, inside", self.inner.calls),
        ]
        if len(self.networks) == 1:
            hosts = [(site.mta, f"MTA in {site.town}", site.address) for site in self.both]
        if self.neighbour:
            near = "" if len(self.networks) == 1 else ", outside"
            what = f"MTA in {self.neighbour.town}{near}"
            hosts.append((self.neighbour.mta, what, self.neighbour.address))
        rows = [f"| {name} | {what} | {address} |" for name, what, address in hosts]
        return "\n".join(["| Host | What it is | Address |", "|---|---|---|", *rows])


def mta(organization: str, own: Site, towards: Sequence[tuple[Site, IPAddress]]) -> dict[str, Any]:
    """An MTA's configuration, with a connector to each site and the address that it calls."""
    return {
        "server": {
            "organization": organization,
            "site": own.town,
            "name": own.mta,
            "global_domain": domain(organization),
            "transport_stack": {"name": "TCP", "address": str(own.address)},
            "diagnostics_logging": {"x400_service": "minimum"},
            "mailboxes": [{**domain(organization), "organization": own.town}],
        },
        "connectors": [
            {
                "general": {
                    "display_name": f"To {other.town}",
                    "directory_name": other.town.upper(),
                    "remote_mta_name": other.mta,
                    "remote_mta_password": other.password,
                },
                "schedule": {"activation": "always"},
                "stack": {"address": str(address)},
                "override": {"local_mta_password": own.password},
                "address_space": [{**domain(organization), "organization": other.town, "cost": 1}],
                "advanced": {"two_way_alternate": True, "conformance": "1988-normal"},
            }
            for other, address in towards
        ],
    }


def mail(organization: str, sender: Site, receiver: Site) -> dict[str, Any]:
    """A step of a play: a message from one site to another."""
    addresses = {"from": _person(organization, sender), "to": _person(organization, receiver)}
    return {"send": {"at": sender.mta, **addresses}}


def domain(organization: str) -> dict[str, str]:
    """The management domain that all sites of an organization are in."""
    return {"country": "US", "administration_domain": " ", "private_domain": organization}


def _person(organization: str, site: Site) -> str:
    return f"C=US;A= ;P={organization};O={site.town};S={site.person}"


def sites(chance: Chance) -> Sites:
    """The sites that a seed chooses."""
    networks = {
        OUTSIDE: ip_network(chance.one(_OUTSIDE_NETWORKS)),
        INSIDE: ip_network(f"10.{chance.number(1, 250)}.{chance.number(1, 250)}.0/24"),
    }
    mtas, towns, people = (chance.some(2, each) for each in (_MTAS, _TOWNS, _PEOPLE))
    outer, inner = (
        _site(chance, network, *names)
        for network, names in zip(
            networks.values(), zip(mtas, towns, people, strict=True), strict=True
        )
    )
    return Sites(chance.one(_ORGANIZATIONS), networks, outer, inner)


def lan(chance: Chance) -> Sites:
    """The same without a firewall: both MTAs on one network, each calls the other."""
    here = sites(chance)
    network = here.networks[OUTSIDE]
    one, other = chance.addresses(2, network)
    return replace(
        here,
        networks={LAN: network},
        outer=replace(here.outer, address=one, calls=other),
        inner=replace(here.inner, address=other, calls=one),
    )


def with_neighbour(here: Sites, chance: Chance) -> Sites:
    """The same with a third MTA beside the outer one, which it has sent mail to before."""
    network = next(iter(here.networks.values()))
    used = {each for site in here.both for each in (site.address, site.calls)}
    address = next(each for each in chance.addresses(len(used) + 1, network) if each not in used)
    taken = {name for site in here.both for name in (site.mta, site.town, site.person)}
    mta, town, person = (
        chance.one([each for each in of if each not in taken]) for of in (_MTAS, _TOWNS, _PEOPLE)
    )
    neighbour = Site(mta, town, person, address, here.outer.address, chance.word())
    return replace(here, neighbour=neighbour, before=chance.number(*_BEFORE))


def row(chance: Chance, count: int) -> tuple[str, IPNetwork, tuple[Site, ...]]:
    """Organization, network, and several sites on it, each of which calls the next one."""
    network = ip_network(chance.one(_OUTSIDE_NETWORKS))
    mtas, towns, people = (chance.some(count, each) for each in (_MTAS, _TOWNS, _PEOPLE))
    addresses = chance.addresses(count, network)
    made = tuple(
        Site(name, town, person, own, following, chance.word())
        for name, town, person, own, following in zip(
            mtas, towns, people, addresses, (*addresses[1:], addresses[0]), strict=True
        )
    )
    return chance.one(_ORGANIZATIONS), network, made


def _site(chance: Chance, network: IPNetwork, mta: str, town: str, person: str) -> Site:
    address, firewall = chance.addresses(2, network)
    return Site(mta, town, person, address, firewall, chance.word())


def topology(document: dict[str, Any]) -> Topology:
    """The topology of a document. Raises ConfigurationError."""
    return complete(parse(document, Topology, "exercise"))
