"""MTAs at random, each with a connector to its neighbours in a tree, by which mail is relayed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis.strategies import DrawFn, booleans, sampled_from

from mta_lab.rehearsal.randomlabs.networks import PORT, Host, Ways, address, usually

_NAMES = "ABCDE"
_COUNTS = [2] * 8 + [3] * 6 + [4] * 2 + [5]  # flows are the square of it
_MODES = ("1988-normal", "1988-x410", "1984")
_SELECTORS: Sequence[dict[str, str]] = ({}, {"t": "X400"}, {"t": "MTA", "s": "S", "p": "P"})
_OPEN = {"monday": ["08:00-18:00"]}  # of selected times; the lab begins on a Monday at nine
_CLOSED = {"monday": ["20:00-22:00"]}
_SCHEDULES: Sequence[dict[str, Any]] = (
    {"activation": "remote-initiated"},
    {"activation": "never"},
    {"activation": "selected-times", "selected_times": _OPEN},
    {"activation": "selected-times", "selected_times": _CLOSED},
)
_LEVELS = ("minimum", "maximum")


@dataclass
class MtaPlan:
    """An MTA, as far as it is drawn."""

    host: Host
    selectors: Mapping[str, str]
    password: str
    connectors: list[dict[str, Any]] = field(default_factory=list)
    neighbours: dict[str, int] = field(default_factory=dict)  # by name, the connector's number

    @property
    def name(self) -> str:
        """The MTA's name, and that of its organization."""
        return self.host.name


def mtas(draw: DrawFn, ways: Ways) -> list[MtaPlan]:
    """Draw MTAs on the networks of `ways`, and how they call each other."""
    found: list[MtaPlan] = []
    for number, name in enumerate(_NAMES[: draw(sampled_from(_COUNTS))]):
        where = draw(sampled_from(ways.networks))
        host = Host(name, where, address(where, 10 + number), f"{name.lower()}.example")
        found.append(MtaPlan(host, draw(sampled_from(_SELECTORS)), usually(draw, "secret", "")))
    edges = [(draw(sampled_from(found[:number])), found[number]) for number in range(1, len(found))]
    for one, other in edges:
        _join(draw, ways, one, other)
    for one in found:
        _route(draw, one, found, edges)
    return found


def _join(draw: DrawFn, ways: Ways, one: MtaPlan, other: MtaPlan) -> None:
    """Give each of two MTAs a connector to the other."""
    mode, two_way = draw(sampled_from(_MODES)), draw(booleans())
    tunnel = draw(booleans())
    for near, far in ((one, other), (other, one)):
        _connect(draw, ways, near, far, mode, two_way=two_way, tunnel=tunnel)


def _connect(
    draw: DrawFn,
    ways: Ways,
    near: MtaPlan,
    far: MtaPlan,
    mode: str,
    *,
    two_way: bool,
    tunnel: bool,
) -> None:
    if tunnel:
        ways.tunnel(near.host, far.host)
    reached = None if tunnel else ways.served(near.host, far.host)
    where, port = reached or (far.host.address, PORT)
    name = far.host.dns_name if where == far.host.address else f"fw-{where.replace('.', '-')}"
    nowhere = address(near.host.network, 99)
    stack: dict[str, Any] = {"address": usually(draw, where, name, nowhere)}
    if port != PORT:
        stack["port"] = port
    if selectors := usually(draw, far.selectors, *_SELECTORS):
        stack["outgoing"] = dict(selectors)
    connector: dict[str, Any] = {
        "general": {
            "directory_name": f"TO-{far.name}",
            "remote_mta_name": usually(draw, far.name, far.name.lower(), "STRANGER"),
            "remote_mta_password": usually(draw, far.password, "wrong"),
        },
        "stack": stack,
        "advanced": {
            "two_way_alternate": usually(draw, two_way, not two_way),
            "conformance": usually(draw, mode, *_MODES),
        },
    }
    if schedule := usually(draw, {}, *_SCHEDULES):
        connector["schedule"] = schedule
    near.neighbours[far.name] = len(near.connectors)
    near.connectors.append(connector)
    if reached and draw(booleans()):
        near.connectors.append(_second(draw, far, connector))


def _second(draw: DrawFn, far: MtaPlan, first: Mapping[str, Any]) -> dict[str, Any]:
    """A connector for calls that keep their source address through the firewall."""
    return {
        **first,
        "general": {**first["general"], "directory_name": f"FROM-{far.name}"},
        "stack": {**first["stack"], "address": far.host.address},
        "schedule": {"activation": "remote-initiated"},
        "address_space": [_space(far.name, usually(draw, 99, 1))],
    }


def _route(
    draw: DrawFn,
    one: MtaPlan,
    all_mtas: Sequence[MtaPlan],
    edges: Sequence[tuple[MtaPlan, MtaPlan]],
) -> None:
    """Let the connectors of an MTA lead to all others: to each over the right neighbour, mostly."""
    for other in all_mtas:
        if other is not one:
            right = _next(one, other, edges)
            over = usually(draw, right, *one.neighbours)
            connector = one.connectors[one.neighbours[over]]
            connector.setdefault("address_space", []).append(_space(other.name, 1))


def _next(one: MtaPlan, other: MtaPlan, edges: Sequence[tuple[MtaPlan, MtaPlan]]) -> str:
    """The neighbour by which an MTA reaches another one in the tree."""
    back = {one.name: one.name}
    waiting = [one.name]
    for name in waiting:
        for edge in edges:
            names = [each.name for each in edge]
            if name in names:
                (near,) = {*names} - {name}
                if near not in back:
                    back[near] = near if name == one.name else back[name]
                    waiting.append(near)
    return back[other.name]


def _space(organization: str, cost: int) -> dict[str, Any]:
    return {"country": "US", "organization": organization, "cost": cost}


def document(draw: DrawFn, mta: MtaPlan) -> dict[str, Any]:
    """An MTA as a topology file has it."""
    stack: dict[str, Any] = {"address": mta.host.address}
    if mta.selectors:
        stack["selectors"] = dict(mta.selectors)
    server: dict[str, Any] = {
        "organization": mta.name,
        "site": mta.name,
        "name": mta.name,
        "global_domain": {"country": "US", "private_domain": "Contoso"},
        "transport_stack": stack,
    }
    if mta.password:
        server["local_mta_password"] = mta.password
    if usually(draw, True, False):
        server["mailboxes"] = [{"country": "US", "organization": mta.name}]
    if levels := _levels(draw):
        server["diagnostics_logging"] = levels
    return {"server": server, "connectors": mta.connectors}


def _levels(draw: DrawFn) -> dict[str, str]:
    categories = ("x400_service", "security", "resource", "configuration")
    return {each: draw(sampled_from(_LEVELS)) for each in categories if usually(draw, False, True)}
