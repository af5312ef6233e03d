"""What the hosts said: event logs, firewalls' decisions, other records; and what caused each."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from firewall_proxy.records import Connection
from labkit.records import Explained, Record
from mta_emu.decode.association import Association
from mta_emu.mta.log.records import ConnectorState, EventLogged
from mta_lab.capture.comments import explained
from mta_lab.engines.records import Decided
from mta_lab.web.model import page
from mta_lab.web.model.joined import ends
from mta_lab.web.model.ladder import Ladder
from mta_lab.web.model.writing import Writing

Records = Mapping[str, Sequence[Record]]


def said(
    records: Records,
    mtas: Sequence[str],
    associations: Sequence[Association],
    ladder: Ladder,
    writing: Writing,
    moment: Callable[[datetime], float],
) -> list[page.Said]:
    """All that hosts said, in order; `moment` is where a lab time lies on the page.

    The lengths of queues are not among it: they have a picture of their own.
    """
    causes = _causes(records, mtas, associations, ladder.arrow_of())
    found = [
        _said(host, record, moment(record.time), causes[host, number], writing)
        for host, its in records.items()
        for number, record in enumerate(its)
        if not isinstance(record, ConnectorState)
    ]
    return sorted(found, key=lambda each: each.time)


def passed(records: Records) -> Iterator[tuple[str, Connection | Decided]]:
    """What firewalls said of connections and SYNs, with their names."""
    for host, its in records.items():
        for record in its:
            if isinstance(record, Connection | Decided):
                yield host, record


_Place = tuple[str, int]  # a host, and the place of a record among its own


def _causes(
    records: Records,
    mtas: Sequence[str],
    associations: Sequence[Association],
    arrow_of: Mapping[int, int],
) -> dict[_Place, list[int]]:
    causes: dict[_Place, list[int]] = defaultdict(list)
    of_mtas = {name: records[name] for name in mtas if name in records}
    for each in explained(associations, of_mtas):
        causes[each.host, each.number].append(arrow_of[id(each.step)])
    begun: dict[tuple[str, str], list[int]] = defaultdict(list)
    for association in associations:
        if association.steps:
            begun[ends(association)].append(arrow_of[id(association.steps[0])])
    for host, its in records.items():
        for number, record in enumerate(its):
            if isinstance(record, Connection | Decided):
                causes[host, number] += _first_packets(record, begun)
    return causes


def _first_packets(
    record: Connection | Decided, begun: Mapping[tuple[str, str], list[int]]
) -> Iterator[int]:
    """The packet that a firewall decided about, then the one that it sent onward."""
    come = record.source, record.destination
    onward = record.onward_source or "", record.onward_destination or ""
    for at in dict.fromkeys((come, onward)):
        if found := begun.get(at):
            yield found.pop(0) if len(found) > 1 else found[0]


def _said(
    host: str, record: Record, time: float, causes: Sequence[int], writing: Writing
) -> page.Said:
    text = writing.text
    about = page.Said(
        time=time,
        host=host,
        kind=record.kind,
        text=text(_words(record)),
        caused_by=tuple(dict.fromkeys(causes)),
    )
    if isinstance(record, EventLogged):
        return about.model_copy(
            update={
                "event": record.id,
                "type": record.type,
                "source": record.source,
                "category": record.category,
                "reason": text(record.reason),
            }
        )
    if isinstance(record, Explained):
        return about.model_copy(
            update={"reason": text(record.reason), "configured": text(record.place)}
        )
    return about


def _words(record: Record) -> str:
    """What a record says, but for its reason and its place, which stand beside it."""
    if isinstance(record, EventLogged):
        return record.text
    return str(replace(record, reason="") if isinstance(record, Explained) else record)
