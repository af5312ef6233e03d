"""Names and addresses of hosts, from the configuration only: a lab asks no real resolver."""

from ipaddress import IPv4Address

from mta_emu.mta.config import Server


def resolve(server: Server, host: IPv4Address | str) -> IPv4Address | None:
    """The address of a host given by address or by name; None when the name is unknown."""
    return host if isinstance(host, IPv4Address) else server.hosts.get(host)


def reverse(server: Server, address: IPv4Address) -> str | None:
    """The name of an address: from the hosts file first, then a PTR record (Q193380)."""
    by_hosts = next((name for name, found in server.hosts.items() if found == address), None)
    return by_hosts or server.reverse.get(address)
