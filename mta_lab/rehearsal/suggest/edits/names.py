"""Edits of what the DNS says: address records, and PTR records (Q193380)."""

from collections.abc import Iterator

from mta_lab.rehearsal.suggest.edit import Edit, Put
from mta_lab.rehearsal.suggest.edits.stackpage import ways_to
from mta_lab.rehearsal.suggest.stop import Stop


def ptr_record(stop: Stop) -> Iterator[Edit]:
    """Let reverse look-up find the name on a Stack page for the address that calls."""
    seen = stop.attempt.source_seen if stop.attempt else None
    for connector in stop.answering() if seen else ():
        name = connector.config.stack.address
        if isinstance(name, str):
            yield Edit(f"a PTR record: {seen} is {name}", (Put(("reverse", str(seen)), name),))


def address_record(stop: Stop) -> Iterator[Edit]:
    """Let the name on the caller's Stack page be found."""
    name = stop.calling.config.stack.address if stop.calling else None
    if not isinstance(name, str) or stop.topology.resolve(stop.caller, name) is not None:
        return
    for way in ways_to(stop):
        text = f"an address record: {name} is {way.address}"
        yield Edit(text, (Put(("hosts", name), str(way.address)),))
