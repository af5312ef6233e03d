"""Policy routing that makes packets the box's own: `ip rule add fwmark 1 lookup 100` and the like.

A transparent proxy gets the answers to its clients' addresses so (Linux,
Documentation/networking/tproxy.rst): netfilter marks what belongs to one of its sockets, a rule
sends what is marked to a routing table of its own, and there every address is local.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labkit.reason import Place, Reason
from mta_lab.engines.decision import NotModelledError

_ALL = ("0.0.0.0/0", "default", "0/0")
_WORDS = {"fwmark": "fwmark", "lookup": "lookup", "table": "lookup", "from": "from"}
_WORDS |= {"priority": "priority", "pref": "priority", "preference": "priority"}
_WHOLE = 0xFFFFFFFF


@dataclass(frozen=True)
class LocalMark:
    """Packets that have this mark, in the bits of the mask, are the box's own."""

    mark: int
    mask: int
    reason: Reason

    def has(self, mark: int) -> bool:
        """Whether a packet with this mark is one of them."""
        return mark & self.mask == self.mark


@dataclass(frozen=True)
class Line:
    """A rule, or a route of a table, as iproute2 writes it, and its place."""

    text: str
    place: Place


def read(rules: Sequence[Line], tables: Mapping[str, Sequence[Line]]) -> tuple[LocalMark, ...]:
    """The marks that make a packet the box's own. Raises NotModelledError for other rules."""
    return tuple(_mark(rule, tables) for rule in rules)


def _mark(rule: Line, tables: Mapping[str, Sequence[Line]]) -> LocalMark:
    words = rule.text.split()
    options = {
        _WORDS.get(name): value for name, value in zip(words[::2], words[1::2], strict=False)
    }
    mark, _, mask = options.get("fwmark", "").partition("/")
    table = options.get("lookup", "")
    known = len(words) % 2 == 0 and None not in options and options.get("from", "all") == "all"
    if not known or not mark or not any(map(_is_local, tables.get(table, ()))):
        raise NotModelledError(f"ip rule {rule.text}", rule.place)
    text = f"packets with the mark {mark} are the box's own: ip rule {rule.text}"
    try:
        return LocalMark(
            int(mark, 0), int(mask, 0) if mask else _WHOLE, Reason("rules", text, place=rule.place)
        )
    except ValueError as error:
        raise NotModelledError(f"ip rule {rule.text}", rule.place) from error


def _is_local(route: Line) -> bool:
    """Whether a route makes every address local. Raises NotModelledError for another route."""
    words = route.text.split()
    if len(words) == 4 and words[0] == "local" and words[1] in _ALL and words[2:] == ["dev", "lo"]:
        return True
    raise NotModelledError(f"ip route {route.text}", route.place)
