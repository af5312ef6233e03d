"""How long the queues were, as the connectors said."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from labkit.records import Record
from mta_emu.mta.log.records import ConnectorState
from mta_lab.web.model.page import Queue


def queues(
    records: Mapping[str, Sequence[Record]], moment: Callable[[datetime], float]
) -> tuple[Queue, ...]:
    """The queue of each connector that ever said one: its first length, and each that differs."""
    points: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for host, its in records.items():
        for record in its:
            if isinstance(record, ConnectorState):
                known = points[host, record.connector]
                if not known or known[-1][1] != record.queued:
                    known.append((moment(record.time), record.queued))
    return tuple(
        Queue(host=host, connector=connector, points=tuple(known))
        for (host, connector), known in points.items()
    )
