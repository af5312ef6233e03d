"""Edits of Stack pages: the address that is called or known, and a second connector."""

from collections.abc import Iterator

from labkit.addresses import End
from mta_lab.rehearsal.suggest.edit import Copy, Edit, Put, unused
from mta_lab.rehearsal.suggest.stop import Stop

_COST = 99  # as Q196381 says; the connector never calls, so no mail is routed over it


def ways_to(stop: Stop) -> Iterator[End]:
    """Where the called MTA can be called: itself, or services of our firewalls that lead there."""
    if stop.called is None:
        return
    own = End(stop.address(stop.called), stop.port(stop.called))
    yield own
    for firewall, service in stop.topology.services().values():
        proxy = stop.topology.proxies()[firewall]
        if proxy.passes_on_to(service) == own:
            yield proxy.listens_at(service)


def called_address(stop: Stop) -> Iterator[Edit]:
    """Call another address, where the MTA that is meant can be reached."""
    for connector in [stop.calling] if stop.calling else stop.leading():
        for way in ways_to(stop):
            put = [Put((*connector.keys, "stack", "address"), str(way.address))]
            if way.port != stop.topology.mtas[connector.mta].called_port(connector.config):
                put.append(Put((*connector.keys, "stack", "port"), way.port))
            yield Edit(f"{connector}: call {way.address} port {way.port}", tuple(put))


def known_address(stop: Stop) -> Iterator[Edit]:
    """Let the called MTA's connector name the address that calls arrive from."""
    seen = stop.attempt.source_seen if stop.attempt else None
    for connector in stop.answering() if seen else ():
        put = Put((*connector.keys, "stack", "address"), str(seen))
        yield Edit(f"{connector}: the Stack page names {seen}, which calls arrive from", (put,))


def second_connector(stop: Stop) -> Iterator[Edit]:
    """Give the called MTA another connector, only to know the caller by (Q196381).

    It is a copy of the one for the caller, but for the name and password that the caller binds
    with and the address that it calls from. It is remote-initiated, so it never calls.
    """
    seen = stop.attempt.source_seen if stop.attempt else None
    copied = next(iter(stop.answering()), None)
    if seen is None or stop.calling is None or copied is None:
        return
    caller = stop.topology.mtas[stop.caller]
    name, password = caller.local_credentials(stop.calling.config)
    taken = [each.name for each in stop.connectors(copied.mta)]
    spaces = range(len(copied.config.address_space))
    puts = (
        Put(("general", "directory_name"), unused(stop.caller, taken)),
        Put(("general", "remote_mta_name"), name),
        Put(("general", "remote_mta_password"), password.decode("ascii")),
        Put(("schedule",), {"activation": "remote-initiated"}),
        Put(("stack", "address"), str(seen)),
        *(Put(("address_space", index, "cost"), _COST) for index in spaces),
    )
    *entries, index = copied.keys
    text = f"a second connector of {copied.mta}, remote-initiated, that names {seen}"
    yield Edit(text, (Copy(tuple(entries), int(index), puts),))


def override(stop: Stop) -> Iterator[Edit]:
    """Let a multihomed host's calls come from one of its addresses (Q197378)."""
    addresses = stop.topology.mtas[stop.caller].server.transport_stack.addresses
    connector = stop.calling
    if connector is None or len(addresses) == 1:
        return
    for address in addresses:
        keys = (
            "mtas",
            stop.caller,
            "server",
            "registry",
            "stack_ip_address_override",
            connector.name,
        )
        yield Edit(f"{connector}: calls come from {address}", (Put(keys, str(address)),))
