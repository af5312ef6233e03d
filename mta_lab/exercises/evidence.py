"""What a run showed: right answers are functions of this, and nobody writes one down.

Frames are those of the captures that the learner has. What the MTAs logged is that of a run of the
same topology: when an answer is graded it was played again, so no question may ask for a record's
time, port or association number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labkit.addresses import End, IPAddress, parse_address
from mta_emu.decode.association import Association
from mta_emu.decode.segment import Segment
from mta_emu.decode.steps import Side, Step
from mta_lab.lab.placement import Placement
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from mta_lab.verdict.result import Result

CAPTURE = "capture.pcapng"


@dataclass(frozen=True)
class Evidence:
    """A run of `topology`, and what each capture file has: associations, and segments."""

    topology: Topology
    placement: Placement
    result: Result
    captures: Mapping[str, Sequence[Association]]
    segments: Mapping[str, Sequence[Segment]]

    def associations(
        self,
        calling: IPAddress | None = None,
        called: IPAddress | None = None,
        capture: str = CAPTURE,
    ) -> list[Association]:
        """The associations of a capture between two addresses; None is any."""
        return [
            each
            for each in self.captures[capture]
            if calling in (None, address(each, Side.CALLING))
            and called in (None, address(each, Side.CALLED))
        ]

    def syns(self, capture: str, called: IPAddress | None = None) -> list[Segment]:
        """The packets of a capture that begin a connection, those sent again, too; None is any."""
        return [
            each
            for each in self.segments[capture]
            if each.syn
            and each.acknowledgement is None
            and called in (None, parse_address(each.destination.host))
        ]

    def events(self, mta: str) -> tuple[int, ...]:
        """The IDs of the events that an MTA logged, in order."""
        return tuple(event.id for event in self.result.mtas[mta].events)

    def disposition(self, sender: str, receiver: str) -> Disposition | None:
        """What became of the mail from one MTA to another."""
        flow = next(
            each for each in self.result.flows if (each.sender, each.receiver) == (sender, receiver)
        )
        return flow.disposition

    def source_seen(self, caller: str, called: str) -> IPAddress | None:
        """The source address that a called MTA saw, as the topology has it."""
        flows = self.result.flows
        seen = [each for each in flows if (each.sender, each.receiver) == (caller, called)]
        source = seen[0].source_seen if seen else None
        return None if source is None else self.placement.in_file(source)


def address(association: Association, side: Side) -> IPAddress:
    """The address of one end."""
    return End.parse(str(association.ends[side])).address


def steps(association: Association, pdu: str, sender: Side | None = None) -> list[Step]:
    """The steps with a PDU of that name, in order."""
    return [
        step
        for step in association.steps
        if sender in (None, step.sender) and any(layer.pdu == pdu for layer in step.layers)
    ]


def first(associations: Iterable[Association], pdu: str, sender: Side | None = None) -> Step:
    """The first step with a PDU of that name. Raises LookupError when there is none."""
    found = [step for each in associations for step in steps(each, pdu, sender)]
    if not found:
        raise LookupError(f"no {pdu} in the capture")
    return found[0]


def parameter(step: Step, name: str) -> object:
    """A parameter of a step, of the highest layer that has it; None when none has."""
    layers = [layer for layer in reversed(step.layers) if name in layer.parameters]
    return layers[0].parameters[name] if layers else None


def frames(association: Association, pdu: str, sender: Side | None = None) -> list[int]:
    """The frames that completed a PDU of that name, in order."""
    return [step.frame for step in steps(association, pdu, sender)]
