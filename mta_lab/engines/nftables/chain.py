"""From rule to rule through a chain, and what ends the way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from labkit.reason import Reason
from mta_lab.engines.decision import How, Icmp, NotModelledError
from mta_lab.engines.nftables import nat
from mta_lab.engines.nftables.packet import Packet
from mta_lab.engines.nftables.ruleset import Chain, Json, Rule
from mta_lab.engines.nftables.values import NoValue, Scene, Unknown, holds, mapped, value

#: Statements that change nothing for a first SYN.
_NO_MATTER = frozenset({"counter", "log", "comment", "flow", "continue", "last"})
#: What a rule may set without changing where a packet goes.
_NO_MATTER_SET = (
    {"meta": {"key": "nftrace"}},
    {"meta": {"key": "priority"}},
    {"tcp option": {"name": "maxseg", "field": "size"}},
    {"payload": {"protocol": "ip", "field": "dscp"}},
    {"payload": {"protocol": "ip6", "field": "dscp"}},
)
#: A packet may come to a rule often: ten chains that jump to the next ten times make it billions.
_MOST_RULES = 500_000
#: Fields of a header that nft may compare at once.
_SIDE_BY_SIDE = {
    (("ip", "saddr"), ("ip", "daddr")),
    (("ip6", "saddr"), ("ip6", "daddr")),
    (("tcp", "sport"), ("tcp", "dport")),
    (("th", "sport"), ("th", "dport")),
}
_MARK, _CT_MARK = {"meta": {"key": "mark"}}, {"ct": {"key": "mark"}}
_ICMP: Mapping[str, Mapping[str, int]] = {
    "icmp": {
        "net-unreachable": 0,
        "host-unreachable": 1,
        "prot-unreachable": 2,
        "port-unreachable": 3,
        "net-prohibited": 9,
        "host-prohibited": 10,
        "admin-prohibited": 13,
    },
    "icmpv6": {
        "no-route": 0,
        "admin-prohibited": 1,
        "addr-unreachable": 3,
        "port-unreachable": 4,
        "policy-fail": 5,
        "reject-route": 6,
    },
}
_ICMPX: Mapping[str, tuple[int, int]] = {
    "no-route": (0, 0),
    "host-unreachable": (1, 3),
    "port-unreachable": (3, 4),
    "admin-prohibited": (13, 1),
}


@dataclass(frozen=True)
class Stop:
    """A rule or policy ended the way of the packet."""

    how: How
    icmp: Icmp | None = None


@dataclass(frozen=True)
class Passage:
    """A packet after a chain, what ended its way if anything did, and which rules had a say.

    `settled` says that the chain's own policy is not asked any more.
    """

    packet: Packet
    stop: Stop | None = None
    reasons: tuple[Reason, ...] = ()
    settled: bool = False
    translated: bool = False


def passed(chain: Chain, packet: Packet, scene: Scene) -> Passage:
    """A packet's way through a base chain. Raises NotModelledError."""
    found = _through(chain, packet, scene, iter(range(_MOST_RULES)))
    if found.settled or chain.policy == "accept":
        return found
    reasons = (*found.reasons, policy_reason(chain))
    return replace(found, stop=Stop(How.SILENCE), reasons=reasons)


def policy_reason(chain: Chain) -> Reason:
    """The reason of a chain's policy, which drops."""
    text = f"the policy of chain {' '.join(chain.key)} is {chain.policy}"
    return Reason("policy", text, "accept", chain.policy, chain.place)


def rule_reason(rule: Rule) -> Reason:
    """The reason of a rule that has a say."""
    return Reason("rule", f"rule: {rule.text}", place=rule.place)


def has_a_say(rule: Rule) -> bool:
    """Whether a rule without a verdict has a say all the same: it marks, or stops tracking."""
    for statement in rule.statements:
        ((kind, body),) = statement.items()
        if kind == "notrack" or (kind == "mangle" and body["key"] in (_MARK, _CT_MARK)):
            return True
    return False


def _through(chain: Chain, packet: Packet, scene: Scene, left: Iterator[int]) -> Passage:
    """The way through a chain and those that it jumps to; `left` has a number for each rule."""
    passage = Passage(packet)
    for rule in chain.rules:
        if next(left, None) is None:
            raise NotModelledError(f"more than {_MOST_RULES} rules for one packet", rule.place)
        try:
            found, target = _applied(rule, passage.packet, scene)
        except Unknown as unknown:
            directive = f"{unknown}: {rule.text}" if rule.text else str(unknown)
            raise NotModelledError(directive, rule.place) from unknown
        passage = replace(found, reasons=(*passage.reasons, *found.reasons))
        if target is not None:
            kind, name = target
            if kind == "return":
                return passage
            there = scene.ruleset.chains[*chain.key[:2], name]
            below = _through(there, passage.packet, scene, left)
            passage = replace(below, reasons=(*passage.reasons, *below.reasons))
            if kind == "goto" and not passage.settled:
                return passage
        if passage.settled:
            return passage
    return passage


def _applied(rule: Rule, packet: Packet, scene: Scene) -> tuple[Passage, tuple[str, str] | None]:
    """A packet after one rule; and where the rule leads: jump, goto or return, and the chain.

    A match that is not modelled does no harm when another match of the rule does not hold.
    """
    unknown: Unknown | None = None
    here = Passage(packet)
    for kind, body in _statements(rule.statements):
        if kind in _NO_MATTER:
            continue
        try:
            if kind in _MATCHES:
                if not _MATCHES[kind](body, here.packet, scene):
                    return here, None
                continue
            if unknown:
                raise unknown
            here, target = _done(kind, body, here, rule, scene)
        except NoValue:
            return here, None
        except Unknown as found:
            if kind not in _MATCHES:
                raise
            unknown = unknown or found
            continue
        if here.settled or target is not None:
            return here, target
    return here, None


def _statements(written: Sequence[Json]) -> Iterator[tuple[str, Json]]:
    """Each statement's kind and body; two adjoining `!=` matches are one, of the kind "pair"."""
    waiting: Json = None
    for statement in written:
        ((kind, body),) = statement.items()
        if waiting is not None:
            first, waiting = waiting, None
            if _adjoin(first, statement):
                yield "pair", (first, body)
                continue
            yield "match", first
        if kind == "match":
            waiting = body
        else:
            yield kind, body
    if waiting is not None:
        yield "match", waiting


def _adjoin(first: Json, statement: Json) -> bool:
    """Whether nft compares the fields of two matches at once, because they lie side by side."""
    second = statement.get("match")
    if second is None or {first["op"], second["op"]} != {"!="}:
        return False
    plain = all(isinstance(each["right"], str | int) for each in (first, second))
    parts = [each["left"].get("payload", {}) for each in (first, second) if plain]
    fields = tuple((each.get("protocol"), each.get("field")) for each in parts)
    return fields in _SIDE_BY_SIDE


def _pair(both: tuple[Json, Json], packet: Packet, scene: Scene) -> bool:
    """Two adjoining `!=` matches.

    nft 1.0.6 makes one comparison of them, which holds where the two fields are not both equal
    (seen on packets), and not, as it is written, where neither is.
    """
    first, second = (holds(each, packet, scene) for each in both)
    if first != second:
        raise Unknown("two != matches of adjoining fields, which nft makes one comparison")
    return first


def _done(
    kind: str, body: Json, here: Passage, rule: Rule, scene: Scene
) -> tuple[Passage, tuple[str, str] | None]:
    """What a statement that is no match does. Raises Unknown, NoValue."""
    if kind == "vmap":
        ((kind, body),) = mapped(body, here.packet, scene).items()
    if kind in ("jump", "goto", "return"):
        return here, (kind, body["target"] if body else "")
    if kind == "set" and scene.key(body["set"]) in scene.ruleset.full:
        raise Unknown(f"{body['op']} to {body['set']}, which is full")
    if kind == "continue" or (kind == "set" and not body.get("stmt")):
        return here, None
    if kind == "tproxy":
        if scene.listens:
            raise Unknown(kind)
        raise NoValue  # no program of the box listens, and the next rule is asked
    reasons = (*here.reasons, rule_reason(rule))
    if kind == "mangle":
        return _set(body, here, reasons, scene), None
    if kind == "notrack":
        if here.packet.connection is not None:
            return here, None
        return Passage(replace(here.packet, untracked=True), None, reasons), None
    return _settled(kind, body, here.packet, reasons, scene), None


def _settled(
    kind: str, body: Json, packet: Packet, reasons: tuple[Reason, ...], scene: Scene
) -> Passage:
    """What a statement does that ends the way through the chain. Raises Unknown, NoValue."""
    if kind == "accept":
        return Passage(packet, None, reasons, settled=True)
    if kind == "drop":
        return Passage(packet, Stop(How.SILENCE), reasons, settled=True)
    if kind == "reject":
        return Passage(packet, _rejection(body, packet), reasons, settled=True)
    if kind in nat.REWRITES:
        after = nat.translated(kind, body, packet, scene)
        if after is None:
            return Passage(packet, Stop(How.SILENCE), reasons, settled=True)
        return Passage(after, None, reasons, settled=True, translated=True)
    raise Unknown(kind)


def _set(body: Json, here: Passage, reasons: tuple[Reason, ...], scene: Scene) -> Passage:
    key, packet = body["key"], here.packet
    if key in _NO_MATTER_SET:
        return here
    if key == _MARK:
        mark = value(body["value"], packet, scene) & 0xFFFFFFFF
        return Passage(replace(packet, mark=mark), None, reasons)
    if key == _CT_MARK:
        if packet.connection is None:
            return here
        return Passage(packet.tracked(mark=value(body["value"], packet, scene)), None, reasons)
    raise Unknown(f"setting {_name(key)}")


def _name(key: Json) -> str:
    ((kind, body),) = key.items()
    return " ".join((kind, *map(str, body.values())))


def _rejection(body: Json, packet: Packet) -> Stop:
    body = body or {"type": "icmpx", "expr": "port-unreachable"}
    kind = body.get("type", "icmpx")
    if kind == "tcp reset":
        if packet.protocol != "tcp":
            raise NoValue
        return Stop(How.RESET)
    word = body.get("expr", "port-unreachable")
    if kind == "icmpx":
        code = _ICMPX[word][packet.version == 6]
    else:
        if {"icmp": 4, "icmpv6": 6}[kind] != packet.version:
            raise NoValue
        code = _ICMP[kind][word]
    return Stop(How.ICMP, Icmp(3 if packet.version == 4 else 1, code))


def _within_limit(body: Json, _: Packet, __: Scene) -> bool:
    """The first SYN after a pause is within every limit of packets. Raises Unknown."""
    if isinstance(body, str) or body.get("rate_unit", "packets") != "packets":
        raise Unknown("a limit that has a name, or of octets")
    return not body.get("inv", False)


#: For each kind of match, whether it holds.
_MATCHES: Mapping[str, Callable[[Json, Packet, Scene], bool]] = {
    "match": holds,
    "pair": _pair,
    "limit": _within_limit,
    "ct count": lambda body, _, __: (int(body["val"]) < 1) is bool(body.get("inv")),
}
