"""RTSE APDUs, the activities that carry transfers, and their RT-primitives (X.228, X.218).

Besides reading, it follows what both ends agreed on (dialogue mode, checkpoint size, window) and
says where a step goes against it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar

from mta_emu.decode.presentation import Value
from mta_emu.decode.steps import Kind, Layer, Side
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
    transfer; `complaint` says what goes against what was agreed.
    """

    layer: Layer | None = None
    bind: bytes = b""
    piece: bytes = b""
    complaint: str = ""


class Rtse:
    """One association's reliable transfer, seen from between its ends."""

    def __init__(self, *, in_externals: bool) -> None:
        """`in_externals` tells whether APDUs travel in EXTERNALs, as in normal mode."""
        self.application_protocol: int | None = None
        self._in_externals = in_externals
        self._proposed: Rtorq | None = None  # None: the capture lacks the RT-OPEN
        self._checkpoint_size, self._window_size = 0, 0
        self._begin()

    def _begin(self, *, resumed: bool = False) -> None:
        """An activity begins, or goes on with what another association began."""
        self._octets = self._since_checkpoint = 0
        self._unconfirmed: list[int] = []
        self._reader = ExternalReader() if self._in_externals else None
        self._readable = not resumed

    def lost(self) -> None:
        """The capture lacks something: judge no more."""
        self._proposed = None
        self._readable = False

    def read(self, sender: Side, unit: Unit, apdu: tuple[str, Any] | None) -> Reading:
        """Read a step, with the APDU that its SPDU carries. Raises ProtocolError."""
        if unit.spdu in self._SPDUS:
            return self._SPDUS[unit.spdu](self, sender, unit)
        if apdu is None:
            return Reading()
        name, value = apdu
        return self._APDUS[name](self, sender, value)

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
        return Reading(layer, bind=rtorq.user_data)

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
        return Reading(layer, bind=rtoac.user_data, complaint=self._beyond_the_proposal(rtoac))

    def _beyond_the_proposal(self, rtoac: Rtoac) -> str:
        proposed = self._proposed
        if proposed is None or (
            rtoac.checkpoint_size <= proposed.checkpoint_size
            and rtoac.window_size <= proposed.window_size
        ):
            return ""
        return (
            f"checkpoint size {rtoac.checkpoint_size}, window {rtoac.window_size}: at most the "
            f"{proposed.checkpoint_size} and {proposed.window_size} that were proposed"
        )

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
        limit = self._checkpoint_size * _KILOBYTE
        complaint = ""
        if self._proposed and limit and self._since_checkpoint > limit:
            complaint = (
                f"{self._since_checkpoint} octets without a checkpoint: at most {limit} were agreed"
            )
        layer = Layer("rtse", "RTTR", Kind.PDU, "RTTR", f"{size} octets", {"octets": size})
        if not self._readable:
            return Reading(layer, complaint=complaint)
        try:
            piece = self._reader.feed(octets) if self._reader else octets
        except ProtocolError as error:
            self._readable = False
            return Reading(layer, complaint=str(error))
        return Reading(layer, piece=piece, complaint=complaint)

    def _checkpoint(self, _: Side, unit: Unit) -> Reading:
        self._unconfirmed.append(_serial(unit))
        self._since_checkpoint = 0
        waiting = len(self._unconfirmed)
        if self._proposed and not self._checkpoint_size:
            return Reading(complaint="a checkpoint, and none were agreed (checkpoint size 0)")
        if self._proposed and waiting > self._window_size:
            return Reading(
                complaint=f"{waiting} checkpoints wait for their confirmation: "
                f"at most the window of {self._window_size}"
            )
        return Reading()

    def _checkpoint_confirmed(self, _: Side, unit: Unit) -> Reading:
        confirmed = _serial(unit)
        self._unconfirmed = [point for point in self._unconfirmed if point > confirmed]
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
        return Reading(layer, complaint=self._one_way("asks for the turn"))

    def _give(self, *_: object) -> Reading:
        layer = Layer("rtse", "RT-TURN-GIVE", Kind.REQUEST)
        return Reading(layer, complaint=self._one_way("gives the turn"))

    def _one_way(self, what: str) -> str:
        if self._proposed and self._proposed.dialogue_mode is DialogueMode.MONOLOGUE:
            return f"{what}, and the dialogue is a monologue: only two-way alternate has a turn"
        return ""

    # RT-CLOSE and aborts

    def _close(self, sender: Side, _: Unit) -> Reading:
        complaint = ""
        if self._proposed and sender is Side.CALLED:
            complaint = "the responder releases: only the association's initiator may"
        return Reading(Layer("rtse", "RT-CLOSE", Kind.REQUEST), complaint=complaint)

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


def apdu(spdu: Spdu, values: list[Value]) -> tuple[str, Any] | None:
    """The APDU among the values that an SPDU carries in normal mode. Raises ProtocolError."""
    if not values:
        return None
    expected = _CARRIED.get(spdu)
    if expected is None or len(values) > 1:
        raise ProtocolError(f"{len(values)} values of RTSE in an SPDU {spdu.name}")
    name, value = _CODEC.decode("RTSE-apdus", values[0].octets)
    if name != expected:
        raise ProtocolError(f"{_pdu(name)} in an SPDU {spdu.name}: must be {_pdu(expected)}")
    return name, value


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
