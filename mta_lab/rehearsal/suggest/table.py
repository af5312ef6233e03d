"""Which edits may mend what stops mail: by the check that said no.

A generator asks little and proposes much: the prediction says whether an edit mends anything.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from mta_lab.rehearsal.suggest.edit import Edit
from mta_lab.rehearsal.suggest.edits import (
    advanced,
    firewall,
    identity,
    limits,
    names,
    route,
    schedule,
    stackpage,
    tunnel,
)
from mta_lab.rehearsal.suggest.stop import Stop

Generator = Callable[[Stop], Iterator[Edit]]

#: A connection that does not arrive.
_NOT_REACHED: Sequence[Generator] = (
    stackpage.called_address,
    stackpage.port,
    firewall.destination,
    firewall.listening,
    names.address_record,
    tunnel.pass_through,
    schedule.straight,
)
#: A connection that arrives from an address that is not known.
_NOT_KNOWN: Sequence[Generator] = (
    firewall.transparency,
    stackpage.known_address,
    stackpage.second_connector,
    stackpage.override,
    tunnel.pass_through,
    schedule.straight,
)

GENERATORS: Mapping[str, Sequence[Generator]] = {
    "address": (*_NOT_KNOWN, stackpage.called_address, names.address_record),
    "known address": (names.ptr_record, *_NOT_KNOWN),
    "MTA name": (identity.name, stackpage.second_connector),
    "password": (identity.password,),
    "selectors": (identity.selectors, advanced.conformance),
    "called selectors": (identity.called_selectors,),
    "called T-selector": (identity.called_selectors,),
    "conformance mode": (advanced.conformance,),
    "dialogue mode": (advanced.two_way_alternate,),
    "schedule": (schedule.activation,),
    "control blocks": (limits.control_blocks,),
    "TPKT": (limits.reserved_octet,),
    "reverse_path": (limits.reverse_path,),
    "rules": (firewall.rule,),
    "ADDRESS_SPACE": (route.address_space,),
    "RESTRICTIONS": (route.restrictions,),
    "report": (route.mailbox,),
    "packet size": (),  # a fault of a network, which no edit of the file mends
    **dict.fromkeys(
        ("route", "host", "port", "interfaces", "services", "destination", "tunnels", "forwards"),
        _NOT_REACHED,
    ),
}


def edits(stop: Stop) -> Iterator[Edit]:
    """The edits that may mend it."""
    for generator in GENERATORS.get(stop.reason.check, ()):
        yield from generator(stop)
