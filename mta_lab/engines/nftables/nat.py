"""Translation: what dnat, snat, masquerade and redirect make of a connection's first packet.

Translation is looked up once for each connection and direction; an end that does not change sets
no status bit (seen on packets: a later `ct status dnat` does not match).
"""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address

from labkit.addresses import IPAddress
from mta_lab.engines.decision import ANY_PORT
from mta_lab.engines.nftables.packet import Ends, Packet
from mta_lab.engines.nftables.ruleset import Json
from mta_lab.engines.nftables.values import NoValue, Scene, Unknown, value

#: The end that each statement rewrites.
REWRITES: Mapping[str, str] = {
    "dnat": "destination",
    "redirect": "destination",
    "snat": "source",
    "masquerade": "source",
}
_RANDOM = {"random", "fully-random"}


def translated(kind: str, body: Json, packet: Packet, scene: Scene) -> Packet | None:
    """The packet after a translation; None when the kernel drops it. Raises Unknown, NoValue."""
    body = body or {}
    end = REWRITES[kind]
    address, port = _wanted(kind, body, packet, scene)
    if address is None:
        return None
    flags = body.get("flags", [])
    by_chance = {*([flags] if isinstance(flags, str) else flags)} & _RANDOM
    old = packet.ends.source_port if end == "source" else packet.ends.destination_port
    ends = packet.ends.with_end(end, address, ANY_PORT if by_chance else _port(port, old))
    return rewritten(packet, ends, end)


def rewritten(packet: Packet, ends: Ends, end: str) -> Packet:
    """The packet with other ends, and its connection that remembers it."""
    connection = packet.connection
    if connection is None or ends == packet.ends:
        return packet
    status = connection.status | {"dnat" if end == "destination" else "snat"}
    return replace(
        packet, ends=ends, connection=replace(connection, translated=ends, status=status)
    )


def turned_back(packet: Packet, end: str) -> Packet:
    """An answer with the end that its connection's translation gave back."""
    connection = packet.connection
    if connection is None:
        return packet
    back = connection.original.turned()
    if end == "source":
        ends = packet.ends.with_end(end, back.source, back.source_port)
    else:
        ends = packet.ends.with_end(end, back.destination, back.destination_port)
    return replace(packet, ends=ends)


def _wanted(
    kind: str, body: Json, packet: Packet, scene: Scene
) -> tuple[IPAddress | None, Json | None]:
    """The address and the port, or range of ports, that a statement asks for."""
    port = body.get("port")
    if isinstance(port, dict) and "range" not in port:
        port = value(port, packet, scene)
    if kind == "masquerade":
        return scene.box.address_at(packet.oif, packet.ends.destination), port
    if kind == "redirect":
        own = scene.box.interfaces.get(packet.iif, ())
        return next((each.ip for each in own if each.version == packet.version), None), port
    if "type_flags" in body or "netmap" in str(body.get("flags", "")):
        raise Unknown(f"{kind} of a prefix")
    if "family" in body and {"ip": 4, "ip6": 6}[body["family"]] != packet.version:
        raise NoValue
    wanted = body.get("addr")
    if wanted is None:
        source = REWRITES[kind] == "source"
        return (packet.ends.source if source else packet.ends.destination), port
    if isinstance(wanted, dict) and "range" not in wanted and "prefix" not in wanted:
        wanted = value(wanted, packet, scene)
    if isinstance(wanted, dict) and "concat" in wanted:
        wanted, port = wanted["concat"]
    if isinstance(wanted, tuple):
        wanted, port = wanted
    if isinstance(wanted, dict):
        raise Unknown(f"{kind} to one of several addresses")
    address = ip_address(wanted)
    if address.version != packet.version:
        raise NoValue
    return address, port


def _port(wanted: Json | None, old: int) -> int:
    """The port that the kernel takes; of a range the old one, if it is in it."""
    if wanted is None:
        return old
    if isinstance(wanted, dict):
        first, last = wanted["range"]
        if first <= old <= last:
            return old
        return int(first) if first == last else ANY_PORT
    return int(wanted)
