"""Policy routing that makes packets the box's own: `ip rule add fwmark 1 lookup 100` and the like.

A transparent proxy gets the answers to its clients' addresses so (Linux,
Documentation/networking/tproxy.rst): netfilter marks what belongs to one of its sockets, a rule
sends what is marked to a routing table of its own, and there every address is local. IPv6 has rules
and tables of its own, which iproute2 takes as `ip -6 rule add` and `ip -6 route add`: here such a
line begins with `-6`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labkit.reason import Place, Reason
from mta_lab.engines.decision import NotModelledError

_ALL = {4: ("0.0.0.0/0", "default", "0/0"), 6: ("::/0", "default")}
#: Begins a rule or route of IPv6.
OF_IPV6 = "-6"
_WORDS = {"fwmark": "fwmark", "lookup": "lookup", "table": "lookup", "from": "from"}
_WORDS |= {"priority": "priority", "pref": "priority", "preference": "priority"}
_WHOLE = 0xFFFFFFFF
_LOCAL = ["local", "dev", "lo"]


@dataclass(frozen=True)
class LocalMark:
    """Packets of a version of IP that have this mark, in the bits of the mask, are the box's."""

    version: int
    mark: int
    mask: int
    reason: Reason

    def has(self, version: int, mark: int) -> bool:
        """Whether a packet of this version of IP with this mark is one of them."""
        return version == self.version and mark & self.mask == self.mark


@dataclass(frozen=True)
class Line:
    """A rule, or a route of a table, as iproute2 writes it, and its place."""

    text: str
    place: Place

    @property
    def version(self) -> int:
        """The version of IP that it is for."""
        return 6 if self.text.split()[:1] == [OF_IPV6] else 4

    @property
    def words(self) -> list[str]:
        """What follows `ip rule add` or `ip route add`, after `-6`."""
        words = self.text.split()
        return words[1:] if self.version == 6 else words


def read(rules: Sequence[Line], tables: Mapping[str, Sequence[Line]]) -> tuple[LocalMark, ...]:
    """The marks that make a packet the box's own. Raises NotModelledError for other rules."""
    return tuple(_mark(rule, tables) for rule in rules)


def _mark(rule: Line, tables: Mapping[str, Sequence[Line]]) -> LocalMark:
    words = rule.words
    options = {
        _WORDS.get(name): value for name, value in zip(words[::2], words[1::2], strict=False)
    }
    mark, _, mask = options.get("fwmark", "").partition("/")
    table = options.get("lookup", "")
    known = len(words) % 2 == 0 and None not in options and options.get("from", "all") == "all"
    routes = [each for each in tables.get(table, ()) if each.version == rule.version]
    if not known or not mark or not any(map(_is_local, routes)):
        raise NotModelledError(f"ip rule {rule.text}", rule.place)
    text = f"packets with the mark {mark} are the box's own: ip rule {rule.text}"
    try:
        reason = Reason("rules", text, place=rule.place)
        return LocalMark(rule.version, int(mark, 0), int(mask, 0) if mask else _WHOLE, reason)
    except ValueError as error:
        raise NotModelledError(f"ip rule {rule.text}", rule.place) from error


def _is_local(route: Line) -> bool:
    """Whether a route makes every address local. Raises NotModelledError for another route."""
    words, everything = route.words, _ALL[route.version]
    if len(words) == 4 and words[1] in everything and [words[0], *words[2:]] == _LOCAL:
        return True
    raise NotModelledError(f"ip route {route.text}", route.place)
