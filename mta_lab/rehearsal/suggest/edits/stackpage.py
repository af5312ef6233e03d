"""Edits of Stack pages: the address that is called or known, and a second connector."""

from collections.abc import Iterator

from labkit.addresses import End
from mta_lab.rehearsal.suggest.edit import Copy, Edit, Put, unused
from mta_lab.rehearsal.suggest.stop import Stop

_COST = 99  # as Q196381 says; the connector never calls, so no mail is routed over it


def ways_to(stop: Stop) -> list[End]:
    """Where the called MTA can be called: itself, and services of our firewalls that lead there."""
    if stop.called is None:
        return []
    ways = [End(stop.address(stop.called), stop.port(stop.called))]
    for way in ways:  # grows: a service may lead to another
        leading = (each.listens for each in stop.every_service() if each.leads_to == way)
        ways += [each for each in leading if each not in ways]
    return ways


def called_address(stop: Stop) -> Iterator[Edit]:
    """Call another address or port, where the MTA that is meant can be reached."""
    for connector in [stop.calling] if stop.calling else stop.leading():
        stack = connector.config.stack
        port = stop.topology.mtas[connector.mta].called_port(connector.config)
        for way in ways_to(stop):
            puts = []
            if str(stack.address) != str(way.address):
                puts.append(Put((*connector.keys, "stack", "address"), str(way.address)))
            if way.port != port:
                puts.append(Put((*connector.keys, "stack", "port"), way.port))
            if puts:
                yield Edit(f"{connector}: call {way.address} port {way.port}", tuple(puts))


def port(stop: Stop) -> Iterator[Edit]:
    """Let the called MTA listen at the port that is called, or the caller call by that of its own.

    The port of an MTA's transport stack is also the one that it calls where no Stack page has one.
    """
    if stop.called is None or stop.calling is None:
        return
    called = stop.topology.mtas[stop.caller].called_port(stop.calling.config)
    arrives = stop.arrives_at()
    if arrives and arrives.port != stop.port(stop.called):
        yield _listens(stop.called, arrives.port)
    for other in {way.port: None for way in ways_to(stop)}:
        if stop.calling.config.stack.port is None and other != called:
            yield _listens(stop.caller, other)


def _listens(mta: str, number: int) -> Edit:
    keys = ("mtas", mta, "server", "transport_stack", "port")
    return Edit(f"{mta} listens at port {number}, and calls it", (Put(keys, number),))


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
