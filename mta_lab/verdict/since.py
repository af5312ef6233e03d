"""What has become of the mail since a moment, by the records of a lab that is up.

A prediction is about the next message; this is about what has happened since something was changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from firewall_proxy.records import Connection
from labkit.addresses import IPAddress
from labkit.records import Record
from mta_emu.mta.log.records import Delivered, Submitted
from mta_lab.engines.records import Decided
from mta_lab.lab.records import of_kind
from mta_lab.topology.disposition import Disposition, of_all
from mta_lab.topology.files import Topology
from mta_lab.verdict.attempts import Attempt, Calls
from mta_lab.verdict.ways import Ways


@dataclass(frozen=True)
class Observed:
    """The mail and the calls from one MTA to another since a moment.

    `disposition` is that of what has arrived, else that of the last call between the two; null:
    nothing has been tried. `source_seen` is the address that the called MTA saw of that call.
    """

    sender: str
    receiver: str
    calls: int
    arrived: int
    disposition: Disposition | None
    source_seen: IPAddress | None
    reason: str


def since(
    moment: datetime, topology: Topology, records: Mapping[str, Sequence[Record]]
) -> tuple[Observed, ...]:
    """What has been observed of the mail between every two MTAs after a lab time."""
    of_mtas = {name: records.get(name, ()) for name in topology.mtas}
    passed = [
        record
        for name in topology.firewalls
        for record in records.get(name, ())
        if isinstance(record, Connection | Decided)
    ]
    attempts = Calls(topology, of_mtas, passed).attempts()
    submitted = {
        each.mts_identifier: name
        for name, its in of_mtas.items()
        for each in of_kind(Submitted, its)
    }
    ways = Ways(topology, of_mtas, attempts, submitted)
    return tuple(
        _observed(sender, receiver, moment, of_mtas, attempts, ways)
        for sender in topology.mtas
        for receiver in topology.mtas
        if sender != receiver
    )


def _observed(
    sender: str,
    receiver: str,
    moment: datetime,
    records: Mapping[str, Sequence[Record]],
    attempts: Sequence[Attempt],
    ways: Ways,
) -> Observed:
    came = [*_came(sender, receiver, moment, records, ways)]
    calls = [
        each
        for each in attempts
        if (each.caller, each.called) == (sender, receiver) and each.time >= moment
    ]
    last = calls[-1] if calls else None
    return Observed(
        sender,
        receiver,
        len(calls),
        len(came),
        of_all(came) or (last.disposition if last else None),
        last.source_seen if last else None,
        _reason(last) if last and not came else "",
    )


def _came(
    sender: str,
    receiver: str,
    moment: datetime,
    records: Mapping[str, Sequence[Record]],
    ways: Ways,
) -> Iterator[Disposition]:
    """By whose call each message of the sender's came that was delivered since."""
    for each in of_kind(Delivered, records[receiver]):
        if each.time >= moment and ways.submitted.get(each.mts_identifier) == sender:
            came = ways.arrived(each.mts_identifier, receiver)
            if came:
                yield came


def _reason(attempt: Attempt) -> str:
    """Why a call was not accepted, by the one who decided."""
    told = (attempt.answer, *reversed(attempt.passed), attempt.made)
    return next((each.reason for each in told if each and each.reason), "")
