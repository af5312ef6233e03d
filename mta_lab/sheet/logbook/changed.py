"""What a test of the logbook changes in a topology; the rest stays as the file has it."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeVar

from labkit.addresses import IPAddress, parse_address
from labkit.config import ConfigurationError, Section, document_of, parse
from mta_emu.mta.configuration.addressspace import RoutedAddressSpace
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mts.oraddress import ORAddress
from mta_lab.topology.addressing import free_address
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ProxyFirewall

#: A country that no standard gives to one, and in it a domain: nobody has such an address.
NOWHERE = ORAddress(country="ZZ", administration_domain="LOOP", surname="Nobody")
SectionT = TypeVar("SectionT", bound=Section)
_WRONG = ("wrong", "not right", "false")  # one of them is nobody's password


def without_mailbox(topology: Topology, recipient: ORAddress) -> Topology:
    """The topology in which no MTA has a mailbox for a recipient."""
    return _with_mtas(
        topology,
        {
            name: _with_server(
                mta,
                mailboxes=tuple(
                    each for each in mta.server.mailboxes if not each.matches(recipient)
                ),
            )
            for name, mta in topology.mtas.items()
            if mta.server.mailbox_of(recipient)
        },
    )


def with_wrong_password(topology: Topology, caller: str) -> Topology:
    """The topology in which an MTA binds with a password that nobody has configured for it."""
    right = {
        password
        for mta in topology.mtas.values()
        for connector in mta.connectors
        for password in (
            connector.general.remote_mta_password,
            connector.override.local_mta_password,
        )
    }
    wrong = next(each for each in _WRONG if each not in right)
    mta = topology.mtas[caller]
    connectors = tuple(
        each.model_copy(
            update={"override": each.override.model_copy(update={"local_mta_password": wrong})}
        )
        for each in mta.connectors
    )
    changed = mta.model_copy(update={"connectors": connectors})
    return _with_mtas(topology, {caller: changed})


def calling_from_elsewhere(topology: Topology, seen: IPAddress) -> tuple[Topology, IPAddress]:
    """The topology in which calls that are seen from an address come from another one; that one.

    Nobody has or names it. An MTA gets it besides its own, and calls from it (Stack IP Address
    Override, Q197378); a proxy has it instead. Raises ConfigurationError when a firewall's own
    file, and not the topology, says from which address calls come.
    """
    owner, network = topology.addressing().host_at(seen), topology.network_of(seen)
    if owner is None or network is None:
        raise ConfigurationError(f"no host has {seen}: a firewall's own file gives it")
    taken = {*_named(topology), *chain.from_iterable(topology.host_addresses().values())}
    new = free_address(topology.networks[network], taken)
    if owner in topology.mtas:
        return _with_mtas(topology, {owner: _calling_from(topology.mtas[owner], new)}), new
    firewall = topology.firewalls.get(owner)
    if not isinstance(firewall, ProxyFirewall):
        raise ConfigurationError(f"{owner} has {seen}, and its own file says who calls from it")
    interfaces = {
        name: each.model_copy(update={"address": new}) if each.address == seen else each
        for name, each in firewall.interfaces.items()
    }
    changed = _anew(firewall.model_copy(update={"interfaces": interfaces}))
    return topology.model_copy(update={"firewalls": {**topology.firewalls, owner: changed}}), new


def with_ring(topology: Topology, ring: tuple[str, ...]) -> Topology:
    """The topology in which each MTA of a ring sends mail for NOWHERE to the next one."""
    space = RoutedAddressSpace(
        country=NOWHERE.country, administration_domain=NOWHERE.administration_domain, cost=1
    )
    mtas = {}
    for name, following in zip(ring, (*ring[1:], ring[0]), strict=True):
        mta = topology.mtas[name]
        connectors = tuple(
            each.model_copy(update={"address_space": (*each.address_space, space)})
            if topology.called_by(name, each) == following
            else each
            for each in mta.connectors
        )
        mtas[name] = mta.model_copy(update={"connectors": connectors})
    return _with_mtas(topology, mtas)


def _calling_from(mta: MtaConfig, address: IPAddress) -> MtaConfig:
    """An MTA that has a further address, which all its calls come from."""
    stack, registry = mta.server.transport_stack, mta.server.registry
    further = {"other_addresses": (*stack.other_addresses, address)}
    override = {"stack_ip_address_override": {each.name: address for each in mta.connectors}}
    return _with_server(
        mta,
        transport_stack=stack.model_copy(update=further),
        registry=registry.model_copy(update=override),
    )


def _named(topology: Topology) -> Iterator[IPAddress]:
    """The addresses that Stack pages, names and records name, whether or not a host has them."""
    yield from topology.hosts.values()
    yield from topology.reverse
    for mta in topology.mtas.values():
        server = mta.server
        yield from (*server.hosts.values(), *server.names.values(), *server.reverse)
        for connector in mta.connectors:
            try:
                yield parse_address(str(connector.stack.address))
            except ValueError:
                continue  # it is a name


def _with_server(mta: MtaConfig, **fields: Any) -> MtaConfig:
    return mta.model_copy(update={"server": mta.server.model_copy(update=fields)})


def _with_mtas(topology: Topology, mtas: dict[str, MtaConfig]) -> Topology:
    changed = {name: _anew(mta) for name, mta in mtas.items()}
    return topology.model_copy(update={"mtas": {**topology.mtas, **changed}})


def _anew(section: SectionT) -> SectionT:
    """A section read again: a copy keeps what the first one has worked out of other values."""
    return parse(document_of(section), type(section), "", section.places())
