"""RTSE APDUs, the activities that carry transfers, and their RT-primitives (X.228, X.218).

Besides reading, it follows what both ends agreed on (dialogue mode, checkpoint size, window) and
says where a step goes against it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from mta_emu.decode.presentation import Value
from mta_emu.decode.steps import Kind, Layer, Side
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.external import ExternalReader
from mta_emu.osi.session.spdu import Pi, Spdu, Unit

_CODEC = compile_modules("mta_emu.osi.asn1", "rtse")

_KILOBYTE = 1024
_MAX_DIGITS = 6  # of a serial number (X.225 8.3.18); others are the session's complaint
_MONOLOGUE = 0
_DIALOGUE_MODES = {_MONOLOGUE: "monologue", 1: "two-way alternate"}
#: refuseReason and abortReason (X.228 9.2)
_REFUSALS = {
    0: "rts busy",
    1: "cannot recover",
    2: "validation failure",
    3: "unacceptable dialogue mode",
}
_ABORTS = {
    0: "local system problem",
    1: "invalid parameter",
    2: "unrecognized activity",
    3: "temporary problem",
    4: "protocol error",
    5: "permanent problem",
    6: "user error",
    7: "transfer completed",
}
_USER_ERROR = 6

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

    def __init__(self) -> None:
        self._followed = False  # whether the capture has the RT-OPEN
        self._dialogue_mode = _MONOLOGUE
        self._proposed = (0, 0)  # checkpoint size and window
        self._checkpoint_size, self._window = 0, 0
        self._begin()

    def _begin(self, *, resumed: bool = False) -> None:
        """An activity begins, or goes on with what another association began."""
        self._octets = self._since_checkpoint = 0
        self._unconfirmed: list[int] = []
        self._reader: ExternalReader | None = None if resumed else ExternalReader()

    def lost(self) -> None:
        """The capture lacks something: judge no more."""
        self._followed = False
        self._reader = None

    def read(self, sender: Side, unit: Unit, values: list[Value]) -> Reading:
        """Read a step. Raises ProtocolError when its APDU cannot be read."""
        if unit.spdu in self._SPDUS:
            return self._SPDUS[unit.spdu](self, sender, unit)
        if not values:
            return Reading()
        expected = _CARRIED.get(unit.spdu)
        if expected is None or len(values) > 1:
            raise ProtocolError(f"{len(values)} values of RTSE in an SPDU {unit.spdu.name}")
        name, apdu = _CODEC.decode("RTSE-apdus", values[0].octets)
        if name != expected:
            raise ProtocolError(
                f"{_pdu(name)} in an SPDU {unit.spdu.name}: must be {_pdu(expected)}"
            )
        return self._APDUS[name](self, sender, apdu)

    # RT-OPEN

    def _rtorq(self, _: Side, apdu: dict[str, Any]) -> Reading:
        self._followed = True
        self._dialogue_mode = apdu["dialogueMode"]
        self._proposed = apdu["checkpointSize"], apdu["windowSize"]
        mode = _DIALOGUE_MODES.get(self._dialogue_mode)
        kind, data = apdu["connectionDataRQ"]
        words = [mode or f"dialogue mode {self._dialogue_mode}", *_sizes(*self._proposed)]
        words += ["recovery"] if kind == "recover" else []
        parameters = {
            "dialogue_mode": mode or self._dialogue_mode,
            "checkpoint_size": self._proposed[0],
            "window_size": self._proposed[1],
            "connection_data": kind,
        }
        layer = Layer("rtse", "RT-OPEN", Kind.REQUEST, "RTORQ", ", ".join(words), parameters)
        complaint = "" if mode else f"dialogue mode {self._dialogue_mode}: must be 0 or 1"
        return Reading(layer, bind=bytes(data) if kind == "open" else b"", complaint=complaint)

    def _rtoac(self, _: Side, apdu: dict[str, Any]) -> Reading:
        self._checkpoint_size, self._window = apdu["checkpointSize"], apdu["windowSize"]
        kind, data = apdu["connectionDataAC"]
        parameters = {
            "outcome": "accepted",
            "checkpoint_size": self._checkpoint_size,
            "window_size": self._window,
            "connection_data": kind,
        }
        words = ["accepted", *_sizes(self._checkpoint_size, self._window)]
        layer = Layer("rtse", "RT-OPEN", Kind.RESPONSE, "RTOAC", ", ".join(words), parameters)
        checkpoint_size, window = self._proposed
        complaint = ""
        if self._checkpoint_size > checkpoint_size or self._window > window:
            complaint = (
                f"checkpoint size {self._checkpoint_size}, window {self._window}: "
                f"at most the {checkpoint_size} and {window} that were proposed"
            )
        return Reading(layer, bind=bytes(data) if kind == "open" else b"", complaint=complaint)

    def _rtorj(self, _: Side, apdu: dict[str, Any]) -> Reading:
        parameters: dict[str, Any] = {"outcome": "refused"}
        summary = "refused"
        if (reason := apdu.get("refuseReason")) is not None:
            text = _REFUSALS.get(reason, f"reason {reason}")
            parameters |= {"refuse_reason": reason, "text": text}
            summary = f"refused: {text}"
        layer = Layer("rtse", "RT-OPEN", Kind.RESPONSE, "RTORJ", summary, parameters)
        return Reading(layer, bind=bytes(apdu.get("userDataRJ", b"")))

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
        if self._followed and limit and self._since_checkpoint > limit:
            complaint = (
                f"{self._since_checkpoint} octets without a checkpoint: at most {limit} were agreed"
            )
        layer = Layer("rtse", "RTTR", Kind.PDU, "RTTR", f"{size} octets", {"octets": size})
        try:
            piece = self._reader.feed(octets) if self._reader else b""
        except ProtocolError as error:
            self._reader = None
            return Reading(layer, complaint=str(error))
        return Reading(layer, piece=piece, complaint=complaint)

    def _checkpoint(self, _: Side, unit: Unit) -> Reading:
        self._unconfirmed.append(_serial(unit))
        self._since_checkpoint = 0
        waiting = len(self._unconfirmed)
        if self._followed and not self._checkpoint_size:
            return Reading(complaint="a checkpoint, and none were agreed (checkpoint size 0)")
        if self._followed and waiting > self._window:
            return Reading(
                complaint=f"{waiting} checkpoints wait for their confirmation: "
                f"at most the window of {self._window}"
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
        if self._followed and self._dialogue_mode == _MONOLOGUE:
            return f"{what}, and the dialogue is a monologue: only two-way alternate has a turn"
        return ""

    # RT-CLOSE and aborts

    def _close(self, sender: Side, _: Unit) -> Reading:
        complaint = ""
        if self._followed and sender is Side.CALLED:
            complaint = "the responder releases: only the association's initiator may"
        return Reading(Layer("rtse", "RT-CLOSE", Kind.REQUEST), complaint=complaint)

    def _close_confirmed(self, *_: object) -> Reading:
        return Reading(Layer("rtse", "RT-CLOSE", Kind.RESPONSE))

    def _rtab(self, _: Side, apdu: dict[str, Any]) -> Reading:
        reason = apdu.get("abortReason", _USER_ERROR)
        text = _ABORTS.get(reason, f"reason {reason}")
        parameters = {"abort_reason": reason, "text": text}
        by_user = reason == _USER_ERROR
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


def _pdu(name: str) -> str:
    return name.removesuffix("-apdu").upper()


def _serial(unit: Unit) -> int:
    value = unit.get(Pi.SERIAL_NUMBER)
    return int(value) if value.isdigit() and len(value) <= _MAX_DIGITS else 0


def _sizes(checkpoint_size: int, window: int) -> list[str]:
    if not checkpoint_size:
        return ["no checkpoints"]
    return [f"checkpoint size {checkpoint_size} KB", f"window {window}"]
