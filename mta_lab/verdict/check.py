"""Compares a capture with what the MTAs logged: every association in one must be in the other.

A log names an association's connection by its ends, and so does a capture. An end at an MTA's
address is that MTA's, unless a firewall says that it was its own: client-side transparency takes
on others' addresses.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from firewall_proxy.records import Connection as FirewallConnection
from labkit.addresses import End, IPAddress
from labkit.config import ConfigurationError
from labkit.records import Record, RecordKinds, UnreadableRecordError
from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side
from mta_emu.mta.log.records import Association as LoggedAssociation
from mta_emu.mta.log.records import ProtocolError
from mta_lab.lab.directory import HostFiles, find
from mta_lab.lab.records import kinds_of, of_kind
from mta_lab.topology.files import mta_address
from mta_lab.verdict.result import Result

Outcome = Literal["accepted", "refused", "aborted"]
Ends = tuple[str, str]  # the MTA's own end, the peer's: "address:port"

#: An association's first state in a log, where a connection was made at all.
_OUTCOMES: Mapping[str, Outcome] = {"open": "accepted", "refused": "refused", "aborted": "aborted"}


@dataclass(frozen=True)
class Logged:
    """An association in an MTA's log."""

    ends: Ends
    outcome: Outcome
    initiated: str  # "locally" or "remotely"


@dataclass(frozen=True)
class MtaLog:
    """What one MTA logged of its associations."""

    address: IPAddress
    associations: Sequence[Logged]
    nonsense: Sequence[str]  # peers that spoke no session or no bind, which it sent away


@dataclass(frozen=True)
class Logs:
    """What the hosts of a run logged."""

    mtas: Mapping[str, MtaLog]
    firewalls: frozenset[str]  # the ends of connections that were a firewall's
    port: int  # of X.400


@dataclass(frozen=True)
class Comparison:
    """An association of one MTA, as its log and the capture have it; null where it is missing."""

    mta: str
    calling: str
    called: str
    logged: Outcome | None
    captured: Outcome | None

    @property
    def agrees(self) -> bool:
        """Whether both have it, with the same outcome."""
        return self.logged == self.captured


def compare(captured: Sequence[Association], logs: Logs) -> list[Comparison]:
    """Every association of every MTA that the capture or the logs have."""
    return [
        comparison
        for name, log in logs.mtas.items()
        for comparison in _compare(name, log, captured, logs.firewalls)
    ]


def _compare(
    name: str, log: MtaLog, captured: Sequence[Association], firewalls: frozenset[str]
) -> Iterator[Comparison]:
    seen = _by_ends(captured)
    for logged in log.associations:
        own, peer = logged.ends
        calling, called = (own, peer) if logged.initiated == "locally" else (peer, own)
        found = seen[logged.ends]
        captured_as = outcome(*found.pop(0)) if found else None
        yield Comparison(name, calling, called, logged.outcome, captured_as)
    for (own, peer), left in seen.items():
        if End.parse(own).address != log.address or own in firewalls or peer in log.nonsense:
            continue
        for association, side in left:
            if association.is_session:
                calling, called = (str(association.ends[each]) for each in Side)
                yield Comparison(name, calling, called, None, outcome(association, side))


def _by_ends(captured: Iterable[Association]) -> dict[Ends, list[tuple[Association, Side]]]:
    """The associations of a capture, each found by either end."""
    found: dict[Ends, list[tuple[Association, Side]]] = defaultdict(list)
    for association in captured:
        for side in Side:
            ends = str(association.ends[side]), str(association.ends[side.other])
            found[ends].append((association, side))
    return found


def outcome(association: Association, side: Side) -> Outcome:
    """What became of the bind, as the end at `side` sees it.

    A caller that the wrong MTA accepted ends the association at once (Q159182).
    """
    pdus = [
        (step.sender, layer.pdu)
        for step in association.steps
        for layer in step.layers
        if layer.name in ("session", "transport") and layer.pdu
    ]
    answer = next((pdu for sender, pdu in pdus if sender is Side.CALLED and pdu in _ANSWERS), None)
    if answer == "AC":
        since = pdus[pdus.index((Side.CALLED, "AC")) + 1 :]
        first = next((pdu for sender, pdu in since if sender is Side.CALLING and pdu != "DT"), None)
        return "refused" if side is Side.CALLING and first == "AB" else "accepted"
    return "refused" if answer in ("RF", "DR") else "aborted"


_ANSWERS = ("AC", "RF", "DR", "AB")


def read_logs(path: Path, capture: Path) -> Logs:
    """The logs that a run left: its --keep directory, or its JSON result.

    Of several results in a file it is that of `capture`. Raises ConfigurationError or OSError.
    """
    return _kept(path) if path.is_dir() else _reported(result_of(path, capture))


def _kept(directory: Path) -> Logs:
    lab = find(directory)
    if lab is None:
        raise ConfigurationError(f"{directory}: no run was kept here: there is no lab.json")
    records = {
        host: _records(HostFiles(directory / host).records, kinds_of(lab.topology, host))
        for host in lab.topology.serving()
    }
    connections = [
        each
        for name in lab.topology.proxies()
        for each in of_kind(FirewallConnection, records[name])
    ]
    return Logs(
        {
            name: MtaLog(
                mta_address(mta),
                _associations(
                    each for each in records[name] if isinstance(each, LoggedAssociation)
                ),
                [each.peer for each in of_kind(ProtocolError, records[name])],
            )
            for name, mta in lab.topology.mtas.items()
        },
        _firewall_ends(connections),
        lab.placement.port,
    )


def _records(file: Path, kinds: RecordKinds) -> list[Record]:
    try:
        return [kinds.read(line) for line in file.read_text("utf-8").splitlines()]
    except UnreadableRecordError as error:
        raise ConfigurationError(f"{file}: a line is not a record: {error}") from error


def result_of(path: Path, capture: Path) -> Result:
    """The result of the run that wrote a capture, among those in a file.

    Raises ConfigurationError or OSError.
    """
    try:
        results = [
            Result.model_validate_json(line) for line in path.read_text("utf-8").splitlines()
        ]
    except ValueError as error:
        raise ConfigurationError(f"{path}: not what mta-lab run --json prints: {error}") from error
    for result in results:
        if len(results) == 1 or Path(result.capture.file).name == capture.name:
            return result
    raise ConfigurationError(f"{path}: no result of a run that wrote {capture.name}")


def _reported(result: Result) -> Logs:
    return Logs(
        {
            name: MtaLog(
                mta.address,
                _associations(mta.associations),
                [each.peer for each in mta.protocol_errors],
            )
            for name, mta in result.mtas.items()
        },
        _firewall_ends(
            each for firewall in result.firewalls.values() for each in firewall.connections
        ),
        result.capture.port,
    )


def _associations(records: Iterable[LoggedAssociation]) -> list[Logged]:
    """Each association's ends and what became of its bind: what its first record says."""
    first: dict[tuple[int, str | None], LoggedAssociation] = {}
    for record in records:  # an MTA that is started again numbers its associations anew
        first.setdefault((record.association, record.local), record)
    return [
        Logged((record.local, record.peer), _OUTCOMES[record.state], record.initiated)
        for record in first.values()
        if record.local and record.state in _OUTCOMES
    ]


def _firewall_ends(connections: Iterable[FirewallConnection]) -> frozenset[str]:
    return frozenset(
        end
        for connection in connections
        for end in (connection.destination, connection.onward_source)
        if end
    )
