"""What expressions are worth for a packet, and whether a match holds (libnftables-json(5)).

A value is a number, an address, a name, a set of flags, or a tuple of these for a concatenation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from operator import and_, ge, gt, le, lshift, lt, or_, rshift, xor
from typing import Any

from labkit.addresses import IPAddress
from mta_lab.engines.box import Box
from mta_lab.engines.decision import ANY_PORT, Route
from mta_lab.engines.nftables.packet import Connection, Packet
from mta_lab.engines.nftables.ruleset import Json, Key, Ruleset

Value = Any
CATCH_ALL = "*"


class Unknown(Exception):  # noqa: N818 - reads as what happened
    """An expression or statement that is not modelled; the text names it."""


class NoValue(Exception):  # noqa: N818 - reads as what happened
    """The packet has no such part, or a map no such key: the rule does not match (NFT_BREAK)."""


@dataclass(frozen=True)
class Scene:
    """What is around a packet in a chain: the ruleset, the chain's table, the box, its routes.

    `listens` says that a program listens on the box.
    """

    ruleset: Ruleset
    family: str
    table: str
    box: Box
    route: Route
    listens: bool = False

    def key(self, name: str) -> Key:
        """The key of the set or map `@name` of this table."""
        return self.family, self.table, name.removeprefix("@")

    def elements(self, name: str) -> Sequence[Json]:
        """The elements of the set or map `@name`. Raises Unknown where packets change it."""
        key = self.key(name)
        if key in self.ruleset.dynamic:
            raise Unknown(f"{name}, which packets change")
        return self.ruleset.elements[key]


def value(expression: Json, packet: Packet, scene: Scene) -> Value:
    """What an expression is worth. Raises Unknown, NoValue."""
    if not isinstance(expression, dict):
        return expression
    ((kind, body),) = expression.items()
    if kind in _OPERATORS:
        return _operated(kind, [value(each, packet, scene) for each in body])
    if kind == "concat":
        return tuple(value(each, packet, scene) for each in body)
    if kind == "map":
        return mapped(body, packet, scene)
    if kind not in _PARTS:
        raise Unknown(kind)
    return _PARTS[kind](body, packet, scene)


def mapped(body: Json, packet: Packet, scene: Scene) -> Json:
    """The data of a map or verdict map for its key. Raises Unknown, NoValue."""
    key, data = value(body["key"], packet, scene), body["data"]
    elements = scene.elements(data) if isinstance(data, str) else data["set"]
    for otherwise in (False, True):
        for element, found in elements:
            if (element == CATCH_ALL) == otherwise and (otherwise or within(key, element)):
                return found
    raise NoValue


def holds(match: Json, packet: Packet, scene: Scene) -> bool:
    """Whether a match holds. Raises Unknown, NoValue."""
    left, right, operator = value(match["left"], packet, scene), match["right"], match["op"]
    if isinstance(right, dict) and not {"set", "range", "prefix", "concat"} & set(right):
        right = value(right, packet, scene)
    if operator in ("in", "!"):
        return bool(left & _flags(right)) is (operator == "in")
    if left == ANY_PORT and match["left"] in _SOURCE_PORTS:
        raise Unknown("a source port that the kernel chose")
    if operator in ("==", "!="):
        if isinstance(right, str) and right.startswith("@"):
            right = {"set": scene.elements(right)}
        return within(left, right) is (operator == "==")
    if operator not in _ORDER:
        raise Unknown(f"operator {operator}")
    return bool(_ORDER[operator](left, _like(left, right)))


def within(found: Value, element: Json) -> bool:
    """Whether a value is an element, or in it: a set, a range, a prefix."""
    if isinstance(element, dict):
        ((kind, body),) = element.items()
        if kind == "set":
            return any(each == CATCH_ALL or within(found, each) for each in body)
        if kind == "elem":
            return within(found, body["val"])
        if kind == "range":
            return bool(_like(found, body[0]) <= found <= _like(found, body[1]))
        if kind == "prefix":
            return found in ip_network(f"{body['addr']}/{body['len']}")
        if kind == "concat":
            return all(within(each, part) for each, part in zip(found, body, strict=True))
        raise Unknown(kind)
    if isinstance(found, str) and isinstance(element, str) and element.endswith("*"):
        return found.startswith(element[:-1])
    return bool(found == _like(found, element))


def _like(found: Value, written: Json) -> Value:
    """What is written, in the type of the value that it is compared with."""
    if isinstance(found, frozenset):
        return _flags(written)
    if isinstance(found, bool | str):
        return written
    if isinstance(found, int):
        if isinstance(written, int):
            return int(written)
        if isinstance(written, str) and written.isdigit():
            return int(written)
        raise Unknown(str(written))
    return ip_address(written)


def _flags(written: Json) -> frozenset[str]:
    if isinstance(written, dict):
        raise Unknown(str(written))
    return frozenset([written] if isinstance(written, str) else written or ())


def _operated(kind: str, operands: Sequence[Value]) -> Value:
    first, *rest = operands
    if isinstance(first, frozenset):
        if kind != "&":
            raise Unknown(kind)
        return first & _flags(rest[0])
    for each in rest:
        number = _OPERATORS[kind](int(first), int(_like(first, each)))
        first = number if isinstance(first, int) else type(first)(number)
    return first


def _meta(body: Json, packet: Packet, _: Scene) -> Value:
    key = body["key"]
    if key not in _META:
        raise Unknown(f"meta {key}")
    return _META[key](packet)


def _payload(body: Json, packet: Packet, _: Scene) -> Value:
    protocol, part = body.get("protocol", "raw"), body.get("field")
    if protocol in ("udp", "udplite", "sctp", "dccp", "esp", "ah", "comp", "arp", "igmp"):
        raise NoValue
    if protocol in ("icmp", "icmpv6"):
        if packet.protocol != {"icmp": "icmp", "icmpv6": "ipv6-icmp"}[protocol]:
            raise NoValue
        if part == "type":
            return "destination-unreachable"
    versions = {"ip": 4, "ip6": 6}
    if versions.get(protocol, packet.version) != packet.version:
        raise NoValue
    if protocol in ("tcp", "th") and packet.protocol != "tcp":
        raise NoValue
    if (protocol, part) not in _PAYLOAD:
        raise Unknown(f"{protocol} {part}")
    return _PAYLOAD[protocol, part](packet)


def _ct(body: Json, packet: Packet, _: Scene) -> Value:
    key, connection = body["key"], packet.connection
    if key == "state":
        if connection is None:
            return frozenset({"untracked" if packet.untracked else "invalid"})
        return frozenset({connection.state})
    if connection is None:
        raise NoValue
    direction = body.get("dir", "")
    if (key, direction) not in _CT:
        raise Unknown(f"ct {direction} {key}".replace("  ", " "))
    return _CT[key, direction](connection)


def _socket(body: Json, packet: Packet, _: Scene) -> Value:
    """The box's own socket that a packet is for: only that of an answer to a proxy is one."""
    if packet.transparent is None:
        raise NoValue
    if body["key"] != "transparent":
        raise Unknown(f"socket {body['key']}")
    return int(packet.transparent)


def _fib(body: Json, packet: Packet, scene: Scene) -> Value:
    """The routing table asked by a rule (`fib`): a type of address, or the way out."""
    flags = set(body["flags"]) if isinstance(body["flags"], list) else {body["flags"]}
    if not flags <= {"saddr", "daddr", "iif"}:
        raise Unknown(f"fib {' . '.join(sorted(flags))}")
    address = packet.ends.source if "saddr" in flags else packet.ends.destination
    own, out = scene.box.holds(address), scene.route(address)
    if body["result"] == "type":
        if own:
            at = scene.box.interfaces.get(packet.iif, ())
            return "local" if "iif" not in flags or _is_of(address, at) else "unicast"
        if out is None or address.is_multicast or _is_broadcast(address, scene.box):
            raise Unknown(f"fib type of {address}")
        return "unicast"
    if own or out is None or ("iif" in flags and out != packet.iif):
        return _Way("")
    return _Way(out)


class _Way(str):
    """The way out that `fib ... oif` gives; it also equals whether there is one at all."""

    def __eq__(self, other: object) -> bool:
        if other in ("0", False):
            return not str(self)
        return bool(self) if other is True else str.__eq__(self, other)

    __hash__ = str.__hash__


def _is_of(address: IPAddress, interfaces: Sequence[Any]) -> bool:
    return any(address == each.ip for each in interfaces)


def _is_broadcast(address: IPAddress, box: Box) -> bool:
    networks = [each.network for own in box.interfaces.values() for each in own]
    return any(
        address in (each.broadcast_address, each.network_address)
        for each in networks
        if each.version == 4 == address.version
    )


_OPERATORS: Mapping[str, Callable[[int, int], int]] = {
    "&": and_,
    "|": or_,
    "^": xor,
    "<<": lshift,
    ">>": rshift,
}
_ORDER: Mapping[str, Callable[[Value, Value], bool]] = {"<": lt, ">": gt, "<=": le, ">=": ge}
_META: Mapping[str, Callable[[Packet], Value]] = {
    "iif": lambda packet: packet.iif,
    "iifname": lambda packet: packet.iif,
    "oif": lambda packet: packet.oif,
    "oifname": lambda packet: packet.oif,
    "mark": lambda packet: packet.mark,
    "l4proto": lambda packet: packet.protocol,
    "nfproto": lambda packet: f"ipv{packet.version}",
    "protocol": lambda packet: "ip" if packet.version == 4 else "ip6",
}
_PAYLOAD: Mapping[tuple[str, str], Callable[[Packet], Value]] = {
    ("ip", "saddr"): lambda packet: packet.ends.source,
    ("ip", "daddr"): lambda packet: packet.ends.destination,
    ("ip", "protocol"): lambda packet: packet.protocol,
    ("ip", "version"): lambda packet: packet.version,
    ("ip6", "saddr"): lambda packet: packet.ends.source,
    ("ip6", "daddr"): lambda packet: packet.ends.destination,
    ("ip6", "nexthdr"): lambda packet: packet.protocol,
    ("tcp", "sport"): lambda packet: packet.ends.source_port,
    ("tcp", "dport"): lambda packet: packet.ends.destination_port,
    ("tcp", "flags"): lambda packet: packet.flags,
    ("th", "sport"): lambda packet: packet.ends.source_port,
    ("th", "dport"): lambda packet: packet.ends.destination_port,
}
_SOURCE_PORTS = tuple({"payload": {"protocol": each, "field": "sport"}} for each in ("tcp", "th"))
_CT: Mapping[tuple[str, str], Callable[[Connection], Value]] = {
    ("status", ""): lambda connection: connection.status,
    ("mark", ""): lambda connection: connection.mark,
    ("direction", ""): lambda connection: connection.direction,
    **{
        (f"{family}{key}", "original"): part
        for family in ("", "ip ", "ip6 ")
        for key, part in {
            "saddr": lambda connection: connection.original.source,
            "daddr": lambda connection: connection.original.destination,
        }.items()
    },
    ("proto-src", "original"): lambda connection: connection.original.source_port,
    ("proto-dst", "original"): lambda connection: connection.original.destination_port,
}
_PARTS: Mapping[str, Callable[[Json, Packet, Scene], Value]] = {
    "meta": _meta,
    "payload": _payload,
    "ct": _ct,
    "socket": _socket,
    "fib": _fib,
}
