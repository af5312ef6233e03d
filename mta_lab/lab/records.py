"""The records of a lab's hosts: each host writes those that its program defines.

A host of `programs` writes none; the lab says of it when it ends.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from firewall_proxy.records import RECORDS as FIREWALL_RECORDS
from labkit.records import Record, RecordKinds
from mta_emu.mta.log.records import RECORDS as MTA_RECORDS
from mta_lab.engines.records import RECORDS as ENGINE_RECORDS
from mta_lab.topology.files import Topology

RecordT = TypeVar("RecordT", bound=Record)
#: Gets every record as it is read: the host's name, and the record.
Observer = Callable[[str, Record], None]


@dataclass(frozen=True)
class ProgramEnded(Record):
    """A program has ended by itself; `status` is null where the lab is not the one that sees it."""

    kind: ClassVar[str] = "program-ended"
    status: int | None

    def __str__(self) -> str:
        return "has ended" if self.status is None else f"has ended with status {self.status}"


#: What the lab itself says.
RECORDS = RecordKinds(ProgramEnded)


def kinds_of(topology: Topology, host: str) -> RecordKinds:
    """The kinds of records that a host writes, which read its lines."""
    if host in topology.foreign():
        return ENGINE_RECORDS
    return FIREWALL_RECORDS if host in topology.proxies() else MTA_RECORDS


def of_kind(kind: type[RecordT], records: Iterable[Record]) -> tuple[RecordT, ...]:
    """Those of the records that are of this kind."""
    return tuple(record for record in records if isinstance(record, kind))
