"""RTSE APDUs, the activities that carry transfers, and their RT-primitives (X.228, X.218).

Besides reading, it follows what both ends agreed on (dialogue mode, checkpoint size, window) and
says where a step goes against it.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar

from mta_emu.decode.presentation import Presentation, Value
from mta_emu.decode.steps import Complaint, Kind, Layer, Severity, Side
from mta_emu.decode.x410 import SWAPPED_P1, Apdu
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.apdus import AbortReason, RefuseReason, Rtab, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.external import ExternalReader
from mta_emu.osi.rtse.primitives import DialogueMode
from mta_emu.osi.session.spdu import Pi, Spdu, Unit

_CODEC = compile_modules("mta_emu.osi.asn1", "rtse", "x410")

_KILOBYTE = 1024
_MAX_DIGITS = 6  # of a serial number (X.225 8.3.18); others are the session's complaint
_DIALOGUE_MODES = {
    DialogueMode.MONOLOGUE: "monologue",
    DialogueMode.TWO_WAY_ALTERNATE: "two-way alternate",
}

#: How many windows of unconfirmed checkpoints do no harm: ISODE sets one checkpoint too many.
_TOLERATED_WINDOWS = 2
_ANY = 1 << 31  # a checkpoint size beyond any
_RTAB, _UNIVERSAL_22 = b"\xb6", b"\x36"  # [22], and its number in the wrong class

#: Which APDU an SPDU carries; of the release ones the primitive is all there is.
_CARRIED = {
    Spdu.CN: "rtorq-apdu",
    Spdu.AC: "rtoac-apdu",
    Spdu.RF: "rtorj-apdu",
    Spdu.AB: "rtab-apdu",
    Spdu.PT: "rttp-apdu",
    Spdu.DT: "rttr-apdu",
}


@dataclass
class Reading:
    """What a step is to this layer.

    `bind` is the user data of an RT-OPEN, `piece` the octets that the step added to the APDU in
    transfer, which is given up when it is `unreadable`. `complaints` say what goes against the
    standard or what was agreed, `note` what one should know.
    """

    layer: Layer | None = None
    bind: bytes = b""
    piece: bytes = b""
    unreadable: bool = False
    complaints: list[Complaint] = field(default_factory=list)
    note: str = ""

    def complain(self, text: str, severity: Severity = Severity.BROKEN) -> "Reading":
        """The same with a complaint, when there is a text."""
        if text:
            self.complaints.append(Complaint("rtse", text, severity))
        return self


class Rtse:
    """One association's reliable transfer, seen from between its ends."""

    def __init__(self, presentation: Presentation | None, *, complete: bool) -> None:
        """`presentation` knows the contexts of the EXTERNALs in which normal mode puts APDUs.

        `complete` says whether the capture has all that both ends have said so far.
        """
        self.application_protocol: int | None = None
        self._presentation = presentation
        self._proposed: Rtorq | None = None  # None: the capture lacks the RT-OPEN
        self._agreed = complete  # on what was said; False: who knows
        self._checkpoint_size, self._window_size = 0, 0
        self._begin()

    def _begin(self, *, resumed: bool = False) -> None:
        """An activity begins, or goes on with what another association began."""
        self._octets = self._since_checkpoint = 0
        self._unconfirmed: deque[int] = deque()
        self._reader = ExternalReader() if self._presentation else None
        self._context_checked = False
        self._readable = not resumed

    def lost(self) -> None:
        """The capture lacks something: judge no more what both sides have agreed on."""
        self._agreed = self._readable = False

    @property
    def _judged(self) -> Rtorq | None:
        """What was proposed, when the capture has all that was said since."""
        return self._proposed if self._agreed else None

    def read(self, sender: Side, unit: Unit, apdu: Apdu | None) -> Reading:
        """Read a step, with the APDU that its SPDU carries. Raises ProtocolError."""
        if unit.spdu in self._SPDUS:
            return self._SPDUS[unit.spdu](self, sender, unit)
        if apdu is None:
            return Reading()
        reading = self._APDUS[apdu.name](self, sender, apdu.value)
        return reading.complain(apdu.deviation, Severity.DEVIATION)

    # RT-OPEN

    def _rtorq(self, _: Side, fields: dict[str, Any]) -> Reading:
        rtorq = self._proposed = Rtorq.from_asn1(fields)
        self.application_protocol = rtorq.application_protocol
        mode = _DIALOGUE_MODES[rtorq.dialogue_mode]
        words = [mode, *_sizes(rtorq), *_recovery(rtorq)]
        parameters = {
            "dialogue_mode": mode,
            "checkpoint_size": rtorq.checkpoint_size,
            "window_size": rtorq.window_size,
            "connection_data": "recover" if rtorq.recover else "open",
        }
        if rtorq.application_protocol is not None:
            parameters["application_protocol"] = rtorq.application_protocol
            words.append(f"application protocol {rtorq.application_protocol}")
        layer = Layer("rtse", "RT-OPEN", Kind.REQUEST, "RTORQ", ", ".join(words), parameters)
        reading = Reading(layer, bind=rtorq.user_data)
        if rtorq.application_protocol == SWAPPED_P1:
            text = (
                f"application protocol {SWAPPED_P1}: 12 with its octets swapped, as ISODE writes "
                "it on little-endian machines"
            )
            reading.complain(text, Severity.DEVIATION)
        return reading

    def _rtoac(self, _: Side, fields: dict[str, Any]) -> Reading:
        rtoac = Rtoac.from_asn1(fields)
        self._checkpoint_size, self._window_size = rtoac.checkpoint_size, rtoac.window_size
        parameters = {
            "outcome": "accepted",
            "checkpoint_size": rtoac.checkpoint_size,
            "window_size": rtoac.window_size,
            "connection_data": "recover" if rtoac.recover else "open",
        }
        words = ["accepted", *_sizes(rtoac), *_recovery(rtoac)]
        layer = Layer("rtse", "RT-OPEN", Kind.RESPONSE, "RTOAC", ", ".join(words), parameters)
        reading = Reading(layer, bind=rtoac.user_data)
        proposed = self._judged
        if proposed is None:
            return reading
        if rtoac.checkpoint_size and not proposed.checkpoint_size:
            reading.note = (
                f"checkpoint size {rtoac.checkpoint_size} KB is agreed: the proposed 0 left the "
                "choice to the called side"
            )
        for what, size, limit in (
            ("checkpoint size", rtoac.checkpoint_size, proposed.checkpoint_size or _ANY),
            ("window", rtoac.window_size, proposed.window_size),
        ):
            if size > limit:
                reading.complain(f"{what} {size}: at most the {limit} that was proposed")
        return reading

    def _rtorj(self, _: Side, fields: dict[str, Any]) -> Reading:
        rtorj = Rtorj.from_asn1(fields)
        parameters: dict[str, Any] = {"outcome": "refused"}
        summary = "refused"
        if rtorj.refuse_reason is not None:
            text = _words(RefuseReason, rtorj.refuse_reason)
            parameters |= {"refuse_reason": rtorj.refuse_reason, "text": text}
            summary = f"refused: {text}"
        layer = Layer("rtse", "RT-OPEN", Kind.RESPONSE, "RTORJ", summary, parameters)
        return Reading(layer, bind=rtorj.user_data)

    # RT-TRANSFER

    def _start(self, *_: object) -> Reading:
        self._begin()
        return Reading()

    def _resume(self, *_: object) -> Reading:
        self._begin(resumed=True)
        return Reading()

    def _rttr(self, _: Side, octets: bytes) -> Reading:
        size = len(octets)
        self._octets += size
        self._since_checkpoint += size
        summary, parameters = f"{size} octets", {"octets": size}
        reading = Reading(Layer("rtse", "RTTR", Kind.PDU, "RTTR", summary, parameters))
        limit = self._checkpoint_size * _KILOBYTE
        if self._judged and limit and self._since_checkpoint > limit:
            reading.complain(
                f"{self._since_checkpoint} octets without a checkpoint: at most {limit} were agreed"
            )
        if self._readable:
            reading.piece = self._unwrapped(octets, reading)
        return reading

    def _unwrapped(self, octets: bytes, reading: Reading) -> bytes:
        """The octets of the APDU in those of a transfer."""
        if self._reader is None or self._presentation is None:
            return octets
        try:
            piece = self._reader.feed(octets)
        except ProtocolError as error:
            self._readable, reading.unreadable = False, True
            reading.complain(str(error))
            return b""
        if self._reader.inside and not self._context_checked:
            self._context_checked = True
            reading.complain(self._presentation.not_in_use(self._reader.context, "an EXTERNAL"))
        return piece

    def _checkpoint(self, _: Side, unit: Unit) -> Reading:
        self._unconfirmed.append(_serial(unit))
        self._since_checkpoint = 0
        waiting, window = len(self._unconfirmed), self._window_size
        if not self._judged:
            return Reading()
        if not self._checkpoint_size:
            return Reading().complain("a checkpoint, and none were agreed (checkpoint size 0)")
        if waiting <= window:
            return Reading()
        text = f"{waiting} checkpoints wait for their confirmation: at most the window of {window}"
        if waiting > _TOLERATED_WINDOWS * window:
            return Reading().complain(text)
        return Reading().complain(f"{text}; ISODE sets one more", Severity.DEVIATION)

    def _checkpoint_confirmed(self, _: Side, unit: Unit) -> Reading:
        confirmed = _serial(unit)
        while self._unconfirmed and self._unconfirmed[0] <= confirmed:
            self._unconfirmed.popleft()
        return Reading()

    def _end(self, *_: object) -> Reading:
        parameters = {"octets": self._octets}
        summary = f"{self._octets} octets"
        return Reading(Layer("rtse", "RT-TRANSFER", Kind.REQUEST, "", summary, parameters))

    def _end_confirmed(self, *_: object) -> Reading:
        return Reading(Layer("rtse", "RT-TRANSFER", Kind.RESPONSE, summary="secured"))

    # The turn

    def _rttp(self, _: Side, priority: int) -> Reading:
        parameters = {"priority": priority}
        layer = Layer(
            "rtse", "RT-TURN-PLEASE", Kind.REQUEST, "RTTP", f"priority {priority}", parameters
        )
        return Reading(layer).complain(self._one_way("asks for the turn"))

    def _give(self, *_: object) -> Reading:
        layer = Layer("rtse", "RT-TURN-GIVE", Kind.REQUEST)
        return Reading(layer).complain(self._one_way("gives the turn"))

    def _one_way(self, what: str) -> str:
        if self._judged and self._judged.dialogue_mode is DialogueMode.MONOLOGUE:
            return f"{what}, and the dialogue is a monologue: only two-way alternate has a turn"
        return ""

    # RT-CLOSE and aborts

    def _close(self, sender: Side, _: Unit) -> Reading:
        reading = Reading(Layer("rtse", "RT-CLOSE", Kind.REQUEST))
        if self._judged and sender is Side.CALLED:
            reading.complain("the responder releases: only the association's initiator may")
        return reading

    def _close_confirmed(self, *_: object) -> Reading:
        return Reading(Layer("rtse", "RT-CLOSE", Kind.RESPONSE))

    def _rtab(self, _: Side, fields: dict[str, Any]) -> Reading:
        rtab = Rtab.from_asn1(fields)
        text = _words(AbortReason, rtab.reason)
        parameters = {"abort_reason": rtab.reason, "text": text}
        by_user = rtab.reason == AbortReason.USER_ERROR
        name, kind = ("RT-U-ABORT", Kind.REQUEST) if by_user else ("RT-P-ABORT", Kind.PROVIDER)
        return Reading(Layer("rtse", name, kind, "RTAB", text, parameters))

    _SPDUS: ClassVar[dict[Spdu, Callable[..., Reading]]] = {
        Spdu.AS: _start,
        Spdu.AR: _resume,
        Spdu.MIP: _checkpoint,
        Spdu.MIA: _checkpoint_confirmed,
        Spdu.AE: _end,
        Spdu.AEA: _end_confirmed,
        Spdu.GTC: _give,
        Spdu.FN: _close,
        Spdu.DN: _close_confirmed,
    }
    _APDUS: ClassVar[dict[str, Callable[..., Reading]]] = {
        "rtorq-apdu": _rtorq,
        "rtoac-apdu": _rtoac,
        "rtorj-apdu": _rtorj,
        "rttr-apdu": _rttr,
        "rttp-apdu": _rttp,
        "rtab-apdu": _rtab,
    }


def apdu(spdu: Spdu, values: Sequence[Value]) -> Apdu | None:
    """The APDU among the values that an SPDU carries in normal mode. Raises ProtocolError."""
    if not values:
        return None
    expected = _CARRIED.get(spdu)
    if expected is None or len(values) > 1:
        raise ProtocolError(f"{len(values)} values of RTSE in an SPDU {spdu.name}")
    octets, deviation = values[0].octets, ""
    if octets[:1] == _UNIVERSAL_22:
        octets = _RTAB + octets[1:]
        deviation = "RTAB with the tag 0x36, as PP writes it: must be 0xb6, context-specific"
    name, value = _CODEC.decode("RTSE-apdus", octets)
    if name != expected:
        raise ProtocolError(f"{_pdu(name)} in an SPDU {spdu.name}: must be {_pdu(expected)}")
    return Apdu(name, value, deviation)


def _pdu(name: str) -> str:
    return name.removesuffix("-apdu").upper()


def _serial(unit: Unit) -> int:
    value = unit.get(Pi.SERIAL_NUMBER)
    return int(value) if value.isdigit() and len(value) <= _MAX_DIGITS else 0


def _words(names: type[IntEnum], value: int) -> str:
    return names(value).name.lower().replace("_", " ") if value in set(names) else f"reason {value}"


def _sizes(apdu: Rtorq | Rtoac) -> list[str]:
    if not apdu.checkpoint_size:
        return ["no checkpoints"]
    return [f"checkpoint size {apdu.checkpoint_size} KB", f"window {apdu.window_size}"]


def _recovery(apdu: Rtorq | Rtoac) -> list[str]:
    return ["recovers an earlier association"] if apdu.recover else []
