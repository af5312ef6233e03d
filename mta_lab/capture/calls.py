"""The calls in a capture, as their callers see them: what became of each, and at which packet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mta_emu.decode.association import Association
from mta_emu.decode.dissector import dissect
from mta_emu.decode.joining import chains
from mta_emu.decode.steps import Side
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
_ACCEPTED, _CONNECTED = "AC", "SYN ACK"
#: What a caller does at once that rejects the answer to its bind (Q159182).
_REJECTS = ("AB", "FN", "DR", "FIN", "RST")


@dataclass(frozen=True)
class Call:
    """A connection that an MTA or a proxy opened. `frame` is the packet that decided about it."""

    calling: str
    called: str
    disposition: Disposition
    frame: int

    @property
    def ends(self) -> tuple[str, str]:
        """Both ends, "a.b.c.d:port"."""
        return self.calling, self.called


def call_of(association: Association) -> Call:
    """What became of a call."""
    calling, called = (str(association.ends[side]) for side in Side)
    said = [
        (step.frame, step.sender, layer.pdu)
        for step in association.steps
        for layer in step.layers
        if layer.pdu
    ]
    answers = [each for each in said if each[1] is Side.CALLED and each[2] in _ANSWERS]
    connected = any(pdu == _CONNECTED for _, side, pdu in said if side is Side.CALLED)
    if not connected or not answers:
        frame = answers[0][0] if answers else said[0][0] if said else 0
        return Call(calling, called, Disposition.UNREACHABLE, frame)
    answer = answers[0]
    disposition = _ANSWERS[answer[2]]
    if answer[2] == _ACCEPTED:
        since = [pdu for frame, side, pdu in said if side is Side.CALLING and frame > answer[0]]
        does = next((pdu for pdu in since if pdu != "DT"), None)
        if does in _REJECTS:
            disposition = Disposition.REJECTED
    return Call(calling, called, disposition, answer[0])


def calls(path: Path, ports: Sequence[int]) -> list[tuple[Call, ...]]:
    """The calls in a capture file, each with those that proxies made of it, as they began.

    Raises NotACapture or OSError.
    """
    return [tuple(map(call_of, chain)) for chain in chains(dissect(path, ports))]
