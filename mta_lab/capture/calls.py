"""The calls in a capture, as their callers see them: what became of each, and at which packet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labkit.addresses import End, IPAddress
from mta_emu.decode.association import Association
from mta_emu.decode.dissector import dissect
from mta_emu.decode.joining import chains
from mta_emu.decode.steps import Side
from mta_lab.capture.scene import X400_PORT
from mta_lab.topology.disposition import Disposition

#: What the called side answers, by the name of a PDU or of what TCP does; what comes first decides.
_ANSWERS = {
    "AC": Disposition.DELIVERED,
    "RF": Disposition.REFUSED,
    "DR": Disposition.CUT_OFF,
    "ER": Disposition.CUT_OFF,
    "AB": Disposition.CUT_OFF,
    "FIN": Disposition.CUT_OFF,
    "RST": Disposition.CUT_OFF,
}
_OPENS, _CONNECTED, _ACCEPTED = "SYN", "SYN ACK", "AC"
#: What a caller does at once that rejects the answer to its bind (Q159182).
_REJECTS = ("AB", "FN", "DR", "FIN", "RST")


@dataclass(frozen=True)
class Call:
    """A connection that an MTA or a proxy opened.

    `frame` is the number of the packet that decided about it; `began` is the time of the first one,
    in nanoseconds since the epoch.
    """

    calling: End
    called: End
    disposition: Disposition
    frame: int
    began: int

    @property
    def ends(self) -> tuple[str, str]:
        """Both ends as records have them."""
        return str(self.calling), str(self.called)


Chain = tuple[Call, ...]  # a call, and those that proxies made of it


def call_of(association: Association) -> Call | None:
    """What became of a call; None: the capture lacks its beginning."""
    calling, called = (End.parse(str(association.ends[side])) for side in Side)
    said = [
        (step.frame, step.sender, layer.pdu)
        for step in association.steps
        for layer in step.layers
        if layer.pdu
    ]
    if not said or said[0][2] != _OPENS:
        return None
    first, began = said[0][0], association.steps[0].time
    answers = [each for each in said if each[1] is Side.CALLED and each[2] in _ANSWERS]
    connected = any(pdu == _CONNECTED for _, side, pdu in said if side is Side.CALLED)
    if not connected or not answers:
        frame = answers[0][0] if answers else first
        return Call(calling, called, Disposition.UNREACHABLE, frame, began)
    answer = answers[0]
    disposition = _ANSWERS[answer[2]]
    if answer[2] == _ACCEPTED:
        since = [pdu for frame, side, pdu in said if side is Side.CALLING and frame > answer[0]]
        if next((pdu for pdu in since if pdu != "DT"), None) in _REJECTS:
            disposition = Disposition.REJECTED
    return Call(calling, called, disposition, answer[0], began)


def as_in_file(
    chains: Sequence[Chain], addresses: Mapping[IPAddress, IPAddress], port: int
) -> list[Chain]:
    """The same calls, with the addresses of the topology file, and 102 in the place of `port`.

    `addresses` leads from the file's to those on the wire, as a run's result does.
    """
    ours = {wire: file for file, wire in addresses.items()}

    def end(seen: End) -> End:
        address = ours.get(seen.address, seen.address)
        return End(address, X400_PORT if seen.port == port else seen.port)

    return [
        tuple(replace(call, calling=end(call.calling), called=end(call.called)) for call in chain)
        for chain in chains
    ]


def calls(path: Path, ports: Sequence[int]) -> list[Chain]:
    """The calls in a capture file, each with those that proxies made of it, as they began.

    Raises NotACapture or OSError.
    """
    found = (tuple(filter(None, map(call_of, chain))) for chain in chains(dissect(path, ports)))
    return [chain for chain in found if chain]
