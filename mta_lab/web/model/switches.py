"""The switches of a lab: what of its configuration one changes to see what becomes of the mail.

Each is a path that `mta-lab set` takes, too. Values are texts, as YAML has them, with the addresses
of the topology file.
"""

from collections.abc import Iterator
from typing import Any

from labkit.config import Section, document_of
from mta_emu.mta.configuration.pages import Activation, ConnectorConfig
from mta_lab.lab.changes import shown
from mta_lab.lab.placement import Placement
from mta_lab.topology.faults import EFFECTS, UNITS
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ProxyFirewall

_NOBODY = [{"name": "nobody", "action": "deny"}]
_SERVICE = {"transparency": "client_side_transparency", "rewriting": "source_rewrite"}
_SWITCHED = {"on": "", "off": ""}


class Switch(Section):
    """One setting of a host."""

    path: str
    """What `mta-lab set` calls it."""
    host: str
    """Whose it is."""
    what: str
    """What kind of switch it is."""
    of: str
    """What of the host it belongs to: a service, a connector."""
    value: str
    """How it stands."""
    choices: dict[str, str]
    """Values that it can be given, each with what it stands for, where it does not say so."""
    free: bool = False
    """Whether it takes other values, too."""


class Board(Section):
    """All switches of a lab, and the faults that its networks can have."""

    switches: tuple[Switch, ...]
    """The settings."""
    unswitched: tuple[str, ...]
    """Firewalls that have no switches, since others' files say what they do."""
    fault_places: tuple[str, ...]
    """Where faults can be."""
    effects: dict[str, str]
    """What faults can do, each with the unit of its size; empty: it has none."""
    faults: tuple[str, ...]
    """Those that there are."""
    no_faults: str
    """Why there can be none; empty: there can."""


def board(topology: Topology, placement: Placement, faults: tuple[str, ...], why: str) -> Board:
    """The switches of a topology as it is on the wire now; `why` its networks take no faults."""
    return Board(
        switches=tuple(_switches(topology, placement)),
        unswitched=tuple(name for name in topology.firewalls if name not in topology.proxies()),
        fault_places=topology.fault_places(),
        effects={effect: UNITS.get(effect, "") for effect in EFFECTS},
        faults=faults,
        no_faults=why,
    )


def _switches(topology: Topology, placement: Placement) -> Iterator[Switch]:
    for name, firewall in topology.firewalls.items():
        if isinstance(firewall, ProxyFirewall):
            yield from _of_firewall(name, firewall, placement)
    addresses = _addresses(topology, placement)
    for name, mta in topology.mtas.items():
        for connector in mta.connectors:
            yield from _of_connector(name, connector, placement, addresses)


def _of_firewall(name: str, firewall: ProxyFirewall, placement: Placement) -> Iterator[Switch]:
    for service in firewall.services:
        for what, field in (
            ("transparency", "client_side_transparency"),
            ("rewriting", "source_rewrite"),
        ):
            path = f"{name}.services.{service.name}.{field}"
            value = _on_or_off(getattr(service, field))
            yield Switch(
                path=path, host=name, what=what, of=service.name, value=value, choices=_SWITCHED
            )
    path = f"{name}.rules"
    rules = placement.value_in_file(document_of(firewall).get("rules", []))
    yield Switch(
        path=path,
        host=name,
        what="rules",
        of="all services",
        value=shown(path, rules),
        choices={shown(path, []): "everybody is let in", shown(path, _NOBODY): "nobody is let in"},
        free=True,
    )


def _of_connector(
    name: str, connector: ConnectorConfig, placement: Placement, addresses: dict[str, str]
) -> Iterator[Switch]:
    activations = {
        str(each): ""
        for each in Activation
        if each is not Activation.SELECTED_TIMES or any(connector.schedule.selected_times.values())
    }
    address: Any = placement.value_in_file(str(connector.stack.address))

    def switch(what: str, field: str, value: str, choices: dict[str, str]) -> Switch:
        path = f"{name}.connectors.{connector.name}.{field}"
        of = connector.name
        return Switch(path=path, host=name, what=what, of=of, value=value, choices=choices)

    alternate = _on_or_off(connector.advanced.two_way_alternate)
    yield switch("schedule", "schedule.activation", connector.schedule.activation, activations)
    yield switch("two-way alternate", "advanced.two_way_alternate", alternate, _SWITCHED)
    stack = switch("Stack address", "stack.address", address, {address: "", **addresses})
    yield stack.model_copy(update={"free": True})


def _addresses(topology: Topology, placement: Placement) -> dict[str, str]:
    """The addresses of all MTAs and firewalls, and whose each is."""
    return {
        str(placement.in_file(address)): host
        for host, its in topology.host_addresses().items()
        if host in topology.mtas or host in topology.firewalls
        for address in its
    }


def _on_or_off(value: bool) -> str:
    return "on" if value else "off"
