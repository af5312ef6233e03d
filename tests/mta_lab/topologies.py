"""Topologies that stand in no file."""

import json
import re
from typing import Any

from labkit.config import document_of, parse
from mta_lab.topology.files import Topology

NETWORKS = {"outside": "203.0.113", "transit": "192.0.2", "inside": "198.51.100"}


def mta(address: str, stack: str, name: str) -> dict[str, Any]:
    """An MTA with one connector."""
    domain = {"country": "US", "administration_domain": " ", "private_domain": "P"}
    mine, other = {**domain, "organization": name}, {**domain, "organization": f"not {name}"}
    return {
        "server": {
            "organization": "O",
            "site": "S",
            "name": name,
            "global_domain": domain,
            "transport_stack": {"address": address},
            "mailboxes": [mine],
        },
        "connectors": [
            {
                "general": {
                    "directory_name": "TO",
                    "remote_mta_name": "X",
                    "remote_mta_password": "p",
                },
                "stack": {"address": stack},
                "address_space": [{**other, "cost": 1}],
            }
        ],
    }


def service(name: str, at: str, to: str, onward: str, **fields: Any) -> dict[str, Any]:
    """A service of a proxy on port 102."""
    return {
        "name": name,
        "listen": {"interface": at, "port": 102},
        "destination": {"address": to, "port": 102},
        "onward_interface": onward,
        **fields,
    }


def in_a_row(
    fw1: dict[str, Any] | None = None, fw2: dict[str, Any] | None = None, **fields: Any
) -> Topology:
    """Two firewalls in a row: NORTH outside, FW1, the transit network, FW2, SOUTH inside.

    Services of both lead from NORTH to SOUTH; `fw1` and `fw2` are other fields of the firewalls,
    `fields` are those of the topology.
    """
    first = {
        "interfaces": {
            "outside": {"address": "203.0.113.1"},
            "transit": {"address": "192.0.2.1"},
        },
        "services": [service("in", "outside", "192.0.2.2", "transit")],
    }
    second = {
        "interfaces": {
            "transit": {"address": "192.0.2.2"},
            "inside": {"address": "198.51.100.1"},
        },
        "services": [service("in", "transit", "198.51.100.10", "inside")],
    }
    document = {
        "name": "in-a-row",
        "title": "Two in a row",
        "networks": {name: f"{start}.0/24" for name, start in NETWORKS.items()},
        "mtas": {
            "NORTH": mta("203.0.113.10", "203.0.113.1", "NORTH"),
            "SOUTH": mta("198.51.100.10", "198.51.100.1", "SOUTH"),
        },
        "firewalls": {"FW1": _changed(first, fw1), "FW2": _changed(second, fw2)},
        "play": [],
        **fields,
    }
    return parse(document, Topology, "test")


def over_ipv6(topology: Topology) -> Topology:
    """The same with documentation addresses of IPv6 (RFC 3849) in the place of IPv4's.

    Also in the configurations of engines, which have the address of a socket in brackets.
    """
    text = json.dumps(document_of(topology))
    for number, start in enumerate(NETWORKS.values(), 1):
        text = text.replace(f"{start}.0/24", f"2001:db8:{number}::/64")
        host = rf"{re.escape(start)}\.(\d+)"
        text = re.sub(rf"{host}:(\d+)", rf"[2001:db8:{number}::\1]:\2", text)
        text = re.sub(host, rf"2001:db8:{number}::\1", text)
    for ours, theirs in _OF_IPV6.items():
        text = text.replace(ours, theirs)
    return parse(json.loads(text), Topology, "test", topology.places())


#: What engines and policy routing have otherwise for IPv6.
_OF_IPV6 = {
    "table ip ": "table ip6 ",
    "source 0.0.0.0 ": "source [::] ",
    '"fwmark ': '"-6 fwmark ',
    '"local default': '"-6 local default',
}


def _changed(firewall: dict[str, Any], fields: dict[str, Any] | None) -> dict[str, Any]:
    """The firewall with other fields; those that are None are left out."""
    return {
        key: value for key, value in {**firewall, **(fields or {})}.items() if value is not None
    }


def mesh(count: int) -> Topology:
    """MTAs on one network, each with a connector to each other one."""
    return _joined(
        {here: [there for there in range(count) if there != here] for here in range(count)}
    )


def chain(count: int) -> Topology:
    """MTAs on one network, each with mail for the one before and the one behind."""
    return _joined(
        {
            here: [there for there in (here - 1, here + 1) if 0 <= there < count]
            for here in range(count)
        }
    )


def _joined(neighbours: dict[int, list[int]]) -> Topology:
    domain = {"country": "US", "administration_domain": " ", "private_domain": "P"}

    def address(number: int) -> str:
        return f"10.0.{number // 250}.{1 + number % 250}"

    def connector(to: int) -> dict[str, Any]:
        return {
            "general": {"directory_name": f"TO-M{to}", "remote_mta_name": f"M{to}"},
            "stack": {"address": address(to)},
            "address_space": [{**domain, "organization": f"M{to}", "cost": 1}],
        }

    mtas = {
        f"M{here}": {
            "server": {
                "organization": "O",
                "site": "S",
                "name": f"M{here}",
                "global_domain": domain,
                "transport_stack": {"address": address(here)},
                "mailboxes": [{**domain, "organization": f"M{here}"}],
            },
            "connectors": [connector(to) for to in there],
        }
        for here, there in neighbours.items()
    }
    document = {"name": "joined", "title": "Joined", "networks": {"lan": "10.0.0.0/16"}}
    return parse({**document, "mtas": mtas, "play": []}, Topology, "joined")


def row(*names: str) -> dict[str, Any]:
    """MTAs in a row on one network, each with a connector to its neighbours: nobody else is called.

    The document of a topology file, in which each MTA sends each other one a message.
    """
    domain = {"country": "US", "administration_domain": " ", "private_domain": "P"}
    address = {name: f"203.0.113.{10 + number}" for number, name in enumerate(names)}
    people = {name: f"C=US;A= ;P=P;O={name};S=Smith" for name in names}
    mtas = {}
    for place, name in enumerate(names):
        before, behind = names[:place], names[place + 1 :]
        sides = {side[end]: side for side, end in ((before, -1), (behind, 0)) if side}
        one = mta(address[name], "", name)
        one["connectors"] = [
            {
                "general": {
                    "directory_name": neighbour,
                    "remote_mta_name": neighbour,
                    "remote_mta_password": "",
                },
                "stack": {"address": address[neighbour]},
                "address_space": [{**domain, "organization": each, "cost": 1} for each in beyond],
                "advanced": {"two_way_alternate": False},
            }
            for neighbour, beyond in sides.items()
        ]
        mtas[name] = one
    pairs = [(one, other) for one in names for other in names if one != other]
    send = [
        {"send": {"at": one, "from": people[one], "to": people[other], "subject": "along the row"}}
        for one, other in pairs
    ]
    return {
        "name": "row",
        "title": "MTAs in a row",
        "networks": {"outside": "203.0.113.0/24"},
        "mtas": mtas,
        "play": [*send, {"await": "settled"}],
        "expect": {
            "flows": [
                {
                    "from": one,
                    "to": other,
                    "disposition": "delivered",
                    "sent": 1,
                    "delivered_directly": 1,
                    "collected": 0,
                    "queued_at_end": 0,
                }
                for one, other in pairs
            ]
        },
    }
