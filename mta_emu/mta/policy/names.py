"""Names and addresses of hosts, from the configuration only: a lab asks no real resolver."""

from collections.abc import Mapping
from ipaddress import IPv4Address

from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.configuration.server import Server


def resolve(server: Server, host: IPv4Address | str) -> IPv4Address | None:
    """The address of a host given by address or by name; None when the name is unknown.

    The hosts file is read first, then the DNS is asked for an A record.
    """
    if isinstance(host, IPv4Address):
        return host
    return _folded(server.hosts).get(host.casefold()) or _folded(server.names).get(host.casefold())


def reverse(server: Server, address: IPv4Address) -> str | None:
    """The name of an address: from the hosts file first, then from a PTR record (Q193380)."""
    by_hosts = next((name for name, found in server.hosts.items() if found == address), None)
    return by_hosts or server.reverse.get(address)


def source_address(config: MtaConfig, connector: ConnectorConfig, call: int) -> IPv4Address:
    """The address that a connector's call comes from; `call` counts its calls.

    On a host with several addresses the transport uses all of them, in turn here, unless the
    Stack IP Address Override names one for the connector (Q197378).
    """
    server = config.server
    addresses = server.transport_stack.addresses
    override = server.registry.stack_ip_address_override.get(connector.name)
    return override or addresses[call % len(addresses)]


def _folded(names: Mapping[str, IPv4Address]) -> dict[str, IPv4Address]:
    return {name.casefold(): address for name, address in names.items()}
