"""From an observation to a result: the figures, and how they differ from what was expected."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from firewall_proxy.records import Connection
from labkit.addresses import IPAddress
from labkit.records import Record
from mta_emu.mta.log.records import Association, EventLogged, ProtocolError
from mta_lab.capture import Capture
from mta_lab.engines.records import Decided
from mta_lab.lab.placement import Placement
from mta_lab.lab.records import of_kind
from mta_lab.topology.files import mta_address
from mta_lab.topology.play import Expectation
from mta_lab.verdict.flows import RunLog, SentMail
from mta_lab.verdict.result import (
    CaptureResult,
    Difference,
    FirewallResult,
    Flow,
    MtaResult,
    Result,
    Verdict,
)


@dataclass(frozen=True)
class Observation:
    """What a run showed, to be judged."""

    records: dict[str, list[Record]]
    sent_mail: list[SentMail]
    ended: datetime  # lab time of the play's end; what MTAs say later is their shutting down
    differences: list[Difference]
    capture: Capture


def judge(placement: Placement, observation: Observation) -> Result:
    """Derive the result of a run from its records and compare it with the topology's `expect`."""
    topology = placement.topology
    records = {
        name: [
            record
            for record in observation.records.get(name, [])
            if _before_end(record, observation)
        ]
        for name in topology.mtas
    }
    firewalls = {
        name: FirewallResult(connections=of_kind(Connection, observation.records.get(name, ())))
        for name in topology.proxies()
    }
    firewalls |= {
        name: FirewallResult(decisions=of_kind(Decided, observation.records.get(name, ())))
        for name in topology.foreign()
    }
    connections: list[Connection | Decided] = []
    for its in firewalls.values():
        connections += (*its.connections, *its.decisions)
    flows = RunLog(topology, records, connections, observation.sent_mail).flows()
    mtas = {
        name: MtaResult(
            address=mta_address(topology.mtas[name]),
            events=of_kind(EventLogged, said),
            associations=of_kind(Association, said),
            protocol_errors=of_kind(ProtocolError, said),
        )
        for name, said in records.items()
    }
    logged = {name: tuple(event.id for event in mta.events) for name, mta in mtas.items()}
    differences = (
        *observation.differences,
        *_shared_identifiers(observation.sent_mail),
        *compare_flows(topology.expect, flows, placement.in_file),
        *compare_events(topology.expect, logged),
    )
    capture = observation.capture
    return Result(
        topology=topology.name,
        title=topology.title,
        backend=placement.backend,
        verdict=_verdict(topology.expect, differences),
        differences=differences,
        addresses=dict(placement.addresses),
        flows=tuple(flows),
        mtas=mtas,
        firewalls=firewalls,
        capture=CaptureResult(
            file=str(capture.file),
            method=capture.method,
            packets=capture.packets,
            dropped=capture.dropped,
            port=capture.port,
            decode_as=capture.decode_as,
        ),
    )


def _verdict(expectation: Expectation, differences: Sequence[Difference]) -> Verdict:
    if differences:
        return "fail"
    return "pass" if expectation.flows or expectation.events else "played"


def compare_flows(
    expectation: Expectation, flows: list[Flow], in_file: Callable[[IPAddress], IPAddress]
) -> Iterator[Difference]:
    """The figures that are not as expected; `in_file` gives an address as the file has it."""
    observed = {(flow.sender, flow.receiver): flow for flow in flows}
    for expected in expectation.flows:
        flow = observed[expected.sender, expected.receiver]
        for field in type(expected).model_fields:
            if field not in expected.model_fields_set - {"sender", "receiver"}:
                continue
            value = getattr(flow, field)
            if field == "source_seen" and value is not None:
                value = in_file(value)
            if value != getattr(expected, field):
                yield Difference(
                    where=f"{flow.sender} -> {flow.receiver}: {field}",
                    expected=getattr(expected, field),
                    observed=value,
                )


def compare_events(
    expectation: Expectation, logged: Mapping[str, tuple[int, ...]]
) -> Iterator[Difference]:
    """The MTAs whose event IDs, in order, are not as expected."""
    for name, expected in expectation.events.items():
        if (observed := logged.get(name, ())) != expected:
            yield Difference(where=f"events of {name}", expected=expected, observed=observed)


def _shared_identifiers(sent_mail: Sequence[SentMail]) -> Iterator[Difference]:
    """The MTS identifiers that several MTAs gave: nobody knows whose mail a record is about."""
    givers: dict[str, set[str]] = {}
    for mail in sent_mail:
        for identifier in mail.mts_identifiers:
            givers.setdefault(identifier, set()).add(mail.at)
    for identifier, names in givers.items():
        if len(names) > 1:
            observed = f"{' and '.join(sorted(names))}, which have one MTA name"
            yield Difference(
                where=f"MTS identifier {identifier}", expected="one MTA", observed=observed
            )


def _before_end(record: Record, observation: Observation) -> bool:
    return record.time <= observation.ended
