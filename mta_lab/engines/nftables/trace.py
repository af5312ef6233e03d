"""The kernel's own trace of a packet (`meta nftrace`): which rules decided about a SYN.

Two chains of ours, in a table of our own, ask for the trace of each SYN that arrives and see it
leave; they change nothing. The kernel reports each rule that a packet matched, by table, chain and
handle, to a netlink group (linux/netfilter/nf_tables.h, NFTA_TRACE_*); handles become lines by the
order of rules in each chain. The group is read here and not by `nft monitor trace`, because that
writes text, and in blocks.
"""

import struct
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from labkit.reason import Place, Reason
from mta_lab.engines.decision import endpoint
from mta_lab.engines.nftables.chain import has_a_say, policy_reason, rule_reason
from mta_lab.engines.nftables.ruleset import Json, Key, Ruleset
from mta_lab.engines.records import Decided, SynOutcome

TABLE = "mta_lab"
#: Before and after all that a site's own rules do.
CHAINS = f"""\
table inet {TABLE} {{
    chain asked {{
        type filter hook prerouting priority -450;
        tcp flags & (syn | ack) == syn meta nftrace set 1
    }}
    chain taken {{
        type filter hook input priority 450;
        tcp flags & (syn | ack) == syn accept
    }}
    chain left {{
        type filter hook postrouting priority 450;
        tcp flags & (syn | ack) == syn accept
    }}
}}
"""
NETFILTER, GROUP = 12, 9  # NETLINK_NETFILTER, NFNLGRP_NFTRACE
_TRACE = 0x0A11  # NFNL_SUBSYS_NFTABLES, NFT_MSG_TRACE
_FAMILIES = {1: "inet", 2: "ip", 10: "ip6"}
_CHAIN_TABLE, _CHAIN, _HANDLE, _TYPE, _VERDICT, _ID = 1, 2, 3, 4, 5, 6
_NETWORK, _TRANSPORT, _POLICY = 8, 9, 16
_OF_POLICY, _OF_RULE = 1, 3
_DROP, _ACCEPT, _CONTINUE = 0, 1, 0xFFFFFFFF
_MOST = 1000  # packets that are remembered, so that one sent again is not told again


@dataclass
class _Way:
    """What was heard of one packet."""

    source: str
    destination: str
    number: bytes  # of its first octet
    reasons: list[Reason] = field(default_factory=list)


class Tracer:
    """Makes records of what the kernel reports; `engine` is whose rules they are."""

    def __init__(self, engine: str, ruleset: Ruleset, listing: Json) -> None:
        """Take the rules as they were read, and what `nft -j list ruleset` says on the host."""
        self._engine = engine
        self._ruleset = ruleset
        self._numbers = _numbers(listing)
        self._ways: OrderedDict[bytes, _Way] = OrderedDict()
        self._told: OrderedDict[tuple[str, str, bytes], None] = OrderedDict()

    def feed(self, data: bytes) -> Iterator[Decided]:
        """The packets whose ways ended in what the kernel reported now."""
        while len(data) >= 20:
            length, kind = struct.unpack_from("=IH", data)
            if kind == _TRACE:
                yield from self._event(data[16], _attributes(data[20:length]))
            data = data[(length + 3) & ~3 :]

    def lost(self) -> Iterator[Decided]:
        """The packets that were not seen to end, although nothing more is reported."""
        for name in [*self._ways]:
            yield from self._ended(name, SynOutcome.LOST)

    def _event(self, family: int, said: Mapping[int, bytes]) -> Iterator[Decided]:
        name = said[_ID]
        ends = _ends(said)
        if name not in self._ways:
            if ends is None:
                return
            self._ways[name] = _Way(*ends)
        key = (_FAMILIES.get(family, ""), _text(said[_CHAIN_TABLE]), _text(said[_CHAIN]))
        kind = int.from_bytes(said[_TYPE])
        if key[1] == TABLE:
            if ends and key[2] in ("taken", "left"):
                outcome = SynOutcome.TAKEN if key[2] == "taken" else SynOutcome.FORWARDED
                yield from self._ended(name, outcome, ends)
        elif kind == _OF_RULE and _HANDLE in said:
            verdict = _attributes(said[_VERDICT])
            code = int.from_bytes(verdict[1])
            self._ways[name].reasons += self._rule(key, int.from_bytes(said[_HANDLE]), code)
            if code == _DROP:
                yield from self._ended(name, SynOutcome.STOPPED)
        elif kind == _OF_POLICY and int.from_bytes(said[_POLICY]) == _DROP:
            self._ways[name].reasons.append(self._policy(key))
            yield from self._ended(name, SynOutcome.STOPPED)

    def _rule(self, key: Key, handle: int, code: int) -> Iterator[Reason]:
        """The reason of a rule that was matched, if it had a say."""
        number, count = self._numbers.get((key, handle), 0), self._numbers.get((key, -1))
        chain = self._ruleset.chains.get(key)
        if chain is None or len(chain.rules) != count:
            place = Place(f"{' '.join(key)} handle {handle}")
            yield Reason(
                "rule", f"a rule of chain {key[2]}, which no line is known of", place=place
            )
        elif code in (_DROP, _ACCEPT) or has_a_say(chain.rules[number]):
            yield rule_reason(chain.rules[number])

    def _policy(self, key: Key) -> Reason:
        """The reason of a policy that drops, of a chain that is not the site's, too."""
        if chain := self._ruleset.chains.get(key):
            return policy_reason(chain)
        text = f"the policy of chain {' '.join(key)}, which no file here has, is drop"
        return Reason("policy", text, "accept", "drop", Place(" ".join(key)))

    def _ended(
        self, name: bytes, outcome: SynOutcome, ends: tuple[str, str, bytes] | None = None
    ) -> Iterator[Decided]:
        way = self._ways.pop(name)
        once = (way.source, way.destination, way.number)
        if once in self._told:
            return
        self._told[once] = None
        if len(self._told) > _MOST:
            self._told.popitem(last=False)
        onward = ends if outcome is SynOutcome.FORWARDED else None
        yield Decided(
            self._engine,
            outcome,
            way.source,
            way.destination,
            onward[0] if onward else None,
            onward[1] if onward else None,
            tuple(map(str, way.reasons)),
        ).because(way.reasons[-1] if way.reasons else None)


def _numbers(listing: Json) -> dict[tuple[Key, int], int]:
    """The number of each rule in its chain, by handle; by -1 how many a chain has."""
    found: dict[tuple[Key, int], int] = {}
    for entry in listing["nftables"]:
        if rule := entry.get("rule"):
            key = (rule["family"], rule["table"], rule["chain"])
            number = found.get((key, -1), 0)
            found[key, rule["handle"]] = number
            found[key, -1] = number + 1
    return found


def _attributes(data: bytes) -> dict[int, bytes]:
    """Netlink attributes by their type."""
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found


def _ends(said: Mapping[int, bytes]) -> tuple[str, str, bytes] | None:
    """Source, destination and sequence number of the packet, where an event has its headers."""
    network, transport = said.get(_NETWORK, b""), said.get(_TRANSPORT, b"")
    if len(network) < 20 or len(transport) < 8:
        return None
    addresses = (network[12:16], network[16:20])
    if network[0] >> 4 == 6:
        addresses = (network[8:24], network[24:40])
    source, destination = map(ip_address, addresses)
    source_port, port = struct.unpack_from("!HH", transport)
    return endpoint(source, source_port), endpoint(destination, port), transport[4:8]


def _text(octets: bytes) -> str:
    return octets.rstrip(b"\0").decode()
