"""A ruleset as `nft -j list ruleset` gives it: chains, rules, sets (libnftables-json(5))."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labkit.reason import Place

#: A part of libnftables' JSON.
Json = Any
#: A table's family and name, and the name of a chain or set in it.
Key = tuple[str, str, str]
#: The families of the tables that a packet of IPv4 or IPv6 passes.
FAMILIES = {4: ("ip", "inet"), 6: ("ip6", "inet")}
#: Expressions and statements that need connection tracking.
_TRACKING = {"ct", "ct count", "dnat", "snat", "masquerade", "redirect", "flow", "synproxy", "xt"}


@dataclass(frozen=True)
class Rule:
    """A rule: its statements in order, as text, and where it is written."""

    statements: Sequence[Json]
    text: str
    place: Place


@dataclass(frozen=True)
class Chain:
    """A chain; `hook` is empty where no hook leads to it, and `kind` is filter, nat or route."""

    key: Key
    kind: str
    hook: str
    priority: int
    policy: str
    rules: tuple[Rule, ...]
    place: Place

    @property
    def family(self) -> str:
        """The family of its table: ip, ip6, inet, ..."""
        return self.key[0]


@dataclass(frozen=True)
class Ruleset:
    """All chains, in the order of the listing, and the elements of all sets and maps.

    `dynamic` has the sets that packets change, whose elements nobody knows beforehand; `full` those
    that take no other element.
    """

    chains: Mapping[Key, Chain]
    elements: Mapping[Key, Sequence[Json]]
    dynamic: frozenset[Key]
    full: frozenset[Key] = frozenset()

    def tracks(self, version: int) -> bool:
        """Whether any rule for IPv4 or IPv6 needs connection tracking: then the kernel does it."""
        return any(
            _has_any(rule.statements, _TRACKING)
            for chain in self.chains.values()
            if chain.family in FAMILIES[version]
            for rule in chain.rules
        )

    def asleep(self, tables: Collection[tuple[str, str]]) -> "Ruleset":
        """The same ruleset, where no hook leads to the chains of these (dormant) tables."""
        chains = {
            key: replace(chain, hook="") if key[:2] in tables else chain
            for key, chain in self.chains.items()
        }
        return replace(self, chains=chains)

    def with_places(self, places: Mapping[tuple[Key, int], Place]) -> "Ruleset":
        """The same ruleset, in which the nth rule of a chain has this place."""
        chains = {
            key: replace(
                chain,
                rules=tuple(
                    replace(rule, place=places.get((key, number), rule.place))
                    for number, rule in enumerate(chain.rules)
                ),
            )
            for key, chain in self.chains.items()
        }
        return replace(self, chains=chains)


NO_RULES = Ruleset({}, {}, frozenset())


def read(objects: Sequence[Json], texts: Mapping[tuple[Key, int], str], file: str) -> Ruleset:
    """The ruleset of a listing in JSON; `texts` has each rule's text, by chain and handle."""
    chains: dict[Key, Chain] = {}
    rules: dict[Key, list[Rule]] = {}
    elements: dict[Key, Sequence[Json]] = {}
    dynamic, full = set(), set()
    for entry in objects:
        ((kind, body),) = entry.items()
        if kind == "chain":
            key = _key(body)
            chains[key] = Chain(
                key,
                body.get("type", ""),
                body.get("hook", ""),
                body.get("prio", 0),
                body.get("policy", "accept"),
                (),
                Place(" ".join(key), file),
            )
        elif kind in ("set", "map"):
            elements[_key(body)] = body.get("elem", [])
            flags = body.get("flags", [])
            if {"dynamic", "timeout"} & {*([flags] if isinstance(flags, str) else flags)}:
                dynamic.add(_key(body))
            if 0 < body.get("size", 0) <= len(body.get("elem", [])):
                full.add(_key(body))
        elif kind == "rule":
            key = (body["family"], body["table"], body["chain"])
            handle = body["handle"]
            place = Place(f"{' '.join(key)} handle {handle}", file)
            rule = Rule(body["expr"], texts.get((key, handle), ""), place)
            rules.setdefault(key, []).append(rule)
            dynamic |= {(*key[:2], name) for name in _changed(rule)}
    for key, own in rules.items():
        chains[key] = replace(chains[key], rules=tuple(own))
    return Ruleset(chains, elements, frozenset(dynamic), frozenset(full))


def _changed(rule: Rule) -> Iterator[str]:
    """The sets and maps that a rule changes; nft does not always list them as dynamic."""
    for statement in rule.statements:
        ((kind, body),) = statement.items()
        if kind in ("set", "map") and "op" in body:
            yield body[kind].removeprefix("@")


def _key(body: Mapping[str, str]) -> Key:
    return body["family"], body["table"], body["name"]


def _has_any(part: Json, names: set[str]) -> bool:
    """Whether a part of the JSON has an object with one of these names, at any depth."""
    if isinstance(part, Mapping):
        return any(key in names or _has_any(below, names) for key, below in part.items())
    return isinstance(part, list) and any(_has_any(each, names) for each in part)
