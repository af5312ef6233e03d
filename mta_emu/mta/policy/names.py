"""Names and addresses of hosts, from the configuration only: a lab asks no real resolver."""

from typing import NamedTuple

from labkit.addresses import IPAddress
from labkit.fields import address_of
from labkit.reason import Reason
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.configuration.server import Server


def resolve(server: Server, host: IPAddress | str) -> IPAddress | None:
    """The address of a host given by address or by name; None when the name is unknown.

    The hosts file is read first, then the DNS is asked for an A or AAAA record.
    """
    return address_of(host, server.hosts, server.names)


def reverse(server: Server, address: IPAddress) -> str | None:
    """The name of an address: from the hosts file first, then from a PTR record (Q193380)."""
    by_hosts = next((name for name, found in server.hosts.items() if found == address), None)
    return by_hosts or server.reverse.get(address)


class Source(NamedTuple):
    """The address that a call comes from, and why."""

    address: IPAddress
    reason: Reason


def source_address(config: MtaConfig, connector: ConnectorConfig, call: int) -> Source:
    """The address that a connector's call comes from; `call` counts its calls from 0.

    On a host with several addresses the transport uses all of them, in turn here, unless the
    Stack IP Address Override names one for the connector (Q197378). They are those that have the
    version of IP of the address to call, if any has.
    """
    registry, stack = config.server.registry, config.server.transport_stack
    to = resolve(config.server, connector.stack.address)
    fitting = [each for each in stack.addresses if to is None or each.version == to.version]
    addresses = fitting or stack.addresses
    if address := registry.stack_ip_address_override.get(connector.name):
        why = f"the Stack IP Address Override of connector {connector.name}"
        place = registry.place("stack_ip_address_override", connector.name)
    elif len(addresses) == 1:
        address, why, place = addresses[0], "the address of this host", stack.place("address")
        if len(stack.addresses) > 1:
            why = f"the only IPv{address.version} address of this host"
            place = stack.place("address" if address == stack.address else "other_addresses")
    else:
        address = addresses[call % len(addresses)]
        why = f"one of the {len(addresses)} addresses of this host, which calls use in turn"
        place = stack.place("other_addresses")
    text = f"calls from {address}, {why}"
    return Source(address, Reason("source address", text, str(address), str(address), place))


def other_version(connector: ConnectorConfig, source: IPAddress, to: IPAddress) -> Reason | None:
    """Why no call can be made from an address to one of the other version of IP; None: it can."""
    if source.version == to.version:
        return None
    text = f"{to} is IPv{to.version}, and {source}, where the call comes from, is IPv"
    place = connector.stack.place("address")
    return Reason("connection", f"{text}{source.version}", str(to), str(source), place)
