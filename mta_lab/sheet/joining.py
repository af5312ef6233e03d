"""Two sheets make a topology: each MTA is configured as its own centre's sheet says.

What a sheet leaves out is as the other one says; where both are silent, an MTA has no password and
no selector. Networks are /24 and /64. Where the centres share no network, a router joins them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from labkit.addresses import IPAddress, IPNetwork, parse_interface
from labkit.config import ConfigurationError, parse
from mta_emu.mts.oraddress import ORAddress
from mta_lab.sheet.profiles import Dialogue
from mta_lab.sheet.selector import SheetSelector
from mta_lab.sheet.sheet import Between, Own, Peer, Sheet
from mta_lab.topology.addressing import free_address
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import complete

_ROUTER = "between"
_PREFIXES = {4: 24, 6: 64}
_T = TypeVar("_T")


def join(first: Sheet, second: Sheet) -> Topology:
    """The topology of two centres, each as its sheet says, and a message each way to play.

    Raises ConfigurationError when the two cannot be joined.
    """
    _check(first, second)
    pair = ((first, second), (second, first))
    firewalls = {name: each for own, other in pair for name, each in _firewalls(own, other)}
    edges = [_edge(each) for each in (first, second)]
    addresses = [*_addresses(first), *_addresses(second)]
    if _network(edges[0]) != _network(edges[1]):
        own = [free_address(_network(edge), addresses) for edge in edges]
        firewalls[_ROUTER] = {"engine": "router", "interfaces": _interfaces(*own)}
        addresses += own
    networks = dict.fromkeys(map(_network, addresses))
    document = {
        "name": f"{first.centre}-{second.centre}"[:64],
        "title": f"The link between {first.centre} and {second.centre}, by their sheets",
        "networks": {f"network-{number}": str(each) for number, each in enumerate(networks, 1)},
        "mtas": {own.centre: _mta(own, other) for own, other in pair},
        "firewalls": firewalls,
        "play": [step for own, other in pair for step in _message(own, other)],
    }
    return complete(parse(document, Topology, f"{first.centre} and {second.centre}"))


def _check(first: Sheet, second: Sheet) -> None:
    names = {each.centre.casefold() for each in (first, second)}
    if len(names) == 1 or _ROUTER in names:
        problem = f"{first.centre} and {second.centre}: centres need names of their own, not"
        raise ConfigurationError(f"{problem} {_ROUTER}" if len(names) > 1 else f"{problem} one")
    if first.link.over != second.link.over:
        raise ConfigurationError(
            f"link.over: {first.centre} says {first.link.over}, {second.centre} says "
            f"{second.link.over}; both must call over the same version of IP"
        )
    if _space(first.own) == _space(second.own):
        raise ConfigurationError(
            f"{first.centre} and {second.centre} have the same O/R addresses: "
            "give each an own.organization"
        )


def _mta(own: Sheet, other: Sheet) -> dict[str, Any]:
    """The configuration of a centre's MTA."""
    family = [own.own.ipv4, own.own.ipv6]
    addresses = [each.before_nat for each in family if each]
    called = own.addresses.before_nat
    stack = {
        "address": str(called),
        "other_addresses": [str(each) for each in addresses if each != called],
        "selectors": _selectors(own.own, other.peer),
    }
    password = _stated(own.own.password, other.peer.password)
    server = {
        "organization": own.centre,
        "site": own.centre,
        "name": own.own.mta_name,
        "local_mta_password": password or "",
        "global_domain": own.own.domain.model_dump(),
        "transport_stack": stack,
        "registry": _registry(own, other),
        "mailboxes": [_space(own.own)],
    }
    return {"server": server, "connectors": [_connector(own, other)]}


def _registry(own: Sheet, other: Sheet) -> dict[str, Any]:
    """The registry values: one address to call from, where the peer knows its callers by it."""
    if own.profile is None or not own.profile.one_address:
        return {}
    return {"stack_ip_address_override": {other.centre: str(own.addresses.before_nat)}}


def _connector(own: Sheet, other: Sheet) -> dict[str, Any]:
    """The connector that leads to the other centre."""
    link, profile = own.link, own.profile
    return {
        "general": {
            "directory_name": other.centre,
            "remote_mta_name": _stated(own.peer.mta_name, other.own.mta_name),
            "remote_mta_password": _stated(own.peer.password, other.own.password) or "",
            **({"remote_clients_support_mapi": profile.exchange_contents} if profile else {}),
        },
        "stack": {
            "address": str(own.stack_address(other)),
            "outgoing": _selectors(own.peer, other.own),
        },
        "override": {
            "checkpoint_size": link.checkpoint_size,
            "window_size": link.window_size,
            "lifetime": link.lifetime,
        },
        "address_space": [{**_space(other.own), "cost": 1}],
        "advanced": {
            "two_way_alternate": link.dialogue_mode is Dialogue.TWO_WAY,
            "conformance": link.conformance.value,
            **({"allow_exchange_contents": profile.exchange_contents} if profile else {}),
        },
    }


def _selectors(said: Own | Peer, otherwise: Own | Peer) -> dict[str, str]:
    """The selectors that one sheet gives, or else the other one, as a topology writes them."""
    pairs = (
        (name, _stated(getattr(said.selectors, name), getattr(otherwise.selectors, name)))
        for name in ("t", "s", "p")
    )
    return {name: _written(found) for name, found in pairs if found is not None}


def _written(selector: SheetSelector) -> str:
    return f"0x{selector.octets.hex()}" if selector.octets else ""


def _stated(said: _T | None, otherwise: _T | None) -> _T | None:
    """What one sheet says; what the other says when it is left out there."""
    return otherwise if said is None else said


def _space(own: Own) -> dict[str, str]:
    """The O/R addresses of a centre."""
    space = {**own.domain.model_dump(), "organization": own.organization}
    return {name: value for name, value in space.items() if value}


# Firewalls and networks


def _firewalls(own: Sheet, other: Sheet) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The firewalls of a centre by name, the one next to its MTA first."""
    for number, firewall in enumerate(own.firewalls, 1):
        name = f"{own.centre}-firewall-{number}"
        found: dict[str, Any] = {"interfaces": _interfaces(firewall.inside, firewall.outside)}
        match firewall.method:
            case "proxy":
                yield name, {**found, "services": _services(own, other, firewall)}
            case "nat":
                yield name, {**found, "engine": "nftables", "text": _rules(own, firewall)}
            case "pass-through":
                yield name, {**found, "engine": "router"}


def _inward(own: Sheet, firewall: Between) -> IPAddress:
    """Where a firewall that translates leads calls from outside: to the next one, or the MTA."""
    place = own.translating.index(firewall)
    return own.translating[place - 1].outside if place else own.addresses.before_nat


def _rules(own: Sheet, firewall: Between) -> str:
    """The nftables rules of a firewall with NAT: its outside address stands for the MTA's."""
    family = "ip6" if firewall.outside.version == 6 else "ip"
    inward = _inward(own, firewall)
    return f"""\
table {family} link {{
    chain to_mta {{
        type nat hook prerouting priority dstnat;
        iifname "outside" {family} daddr {firewall.outside} tcp dport 102 dnat to {inward}
    }}
    chain from_mta {{
        type nat hook postrouting priority srcnat;
        oifname "outside" tcp dport 102 snat to {firewall.outside}
    }}
}}
"""


def _services(own: Sheet, other: Sheet, firewall: Between) -> list[dict[str, Any]]:
    """What a proxy passes: inward to the next proxy or the MTA, outward to the next or the peer."""
    inward = _inward(own, firewall)
    further = own.proxies[own.proxies.index(firewall) + 1 :]
    outward = further[0].inside if further else other.public_address
    transparency = firewall.client_side_transparency
    return [
        {
            "name": "x400-inbound",
            "listen": {"interface": "outside", "port": 102},
            "destination": {"address": str(inward), "port": 102},
            "onward_interface": "inside",
            "client_side_transparency": transparency,
        },
        {
            "name": "x400-outbound",
            "listen": {"interface": "inside", "port": 102},
            "destination": {"address": str(outward), "port": 102},
            "onward_interface": "outside",
        },
    ]


def _interfaces(inside: IPAddress, outside: IPAddress) -> dict[str, dict[str, str]]:
    return {"inside": {"address": str(inside)}, "outside": {"address": str(outside)}}


def _edge(sheet: Sheet) -> IPAddress:
    """The address of a centre that is nearest to the other one."""
    return sheet.firewalls[-1].outside if sheet.firewalls else sheet.addresses.before_nat


def _addresses(sheet: Sheet) -> list[IPAddress]:
    """Every address of a centre's hosts."""
    own = [each.before_nat for each in (sheet.own.ipv4, sheet.own.ipv6) if each]
    return [*own, *(end for each in sheet.firewalls for end in (each.inside, each.outside))]


def _network(address: IPAddress) -> IPNetwork:
    network: IPNetwork = parse_interface(f"{address}/{_PREFIXES[address.version]}").network
    return network


def _message(own: Sheet, other: Sheet) -> list[Any]:
    """The steps that send a message from a centre to the other."""
    return [
        {
            "send": {
                "at": own.centre,
                "from": _user(own.own),
                "to": _user(other.own),
                "subject": f"From {own.centre}",
            }
        },
        {"await": "settled"},
    ]


def _user(own: Own) -> str:
    """The O/R address of a user of a centre."""
    space: dict[str, Any] = {**_space(own)}
    return str(ORAddress(**space, surname="Operator"))
