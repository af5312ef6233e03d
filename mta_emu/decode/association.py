"""One association of a capture: the parts of its TCP streams in, steps and findings out.

Octets climb as far as they have something for the layers above: TPKT, TPDU, TSDU, SPDU, SSDU,
PPDU, APDU. Where the capture lacks something of either end, what is decided by what both have said
is not judged any more (the referee, what RTSE agreed on); what one end says alone still is.
"""

from dataclasses import dataclass, field

from mta_emu.decode import acse, mts, otherusers, rtse, session, transport, x410
from mta_emu.decode.findings import Findings
from mta_emu.decode.framing import Tpdus
from mta_emu.decode.otherusers import OtherUser
from mta_emu.decode.presentation import Presentation
from mta_emu.decode.referee import Referee
from mta_emu.decode.rtse import Reading, Rtse
from mta_emu.decode.steps import Complaint, Finding, Kind, Layer, Note, Severity, Side, Step
from mta_emu.decode.tcp import Absent, Connection, Finished, Gap, Octets, Opened, Part
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.x410_mode import is_x410
from mta_emu.osi.session.segments import Joiner, ends
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE
from mta_emu.osi.transport.tpdu import DR, DT, ER, decode

#: SPDUs after which nobody waits for more, and those after which a transfer does not go on.
_LAST = {Spdu.DN, Spdu.AB, Spdu.RF}
_NO_MORE_OF_IT = {Spdu.AD, Spdu.AI, Spdu.AR, Spdu.AB}
_BEGINNING = 1024  # octets: a CR, and at least the beginning of a connect
_MAX_SSDU = 1 << 31  # octets: what is in a capture is bounded by the capture
_FULLY_ENCODED_DATA = b"\x61"  # what all data of the normal mode begins with

#: RFC 1006 clause 4: what TCP does is the network service.
_N_CONNECT = {
    Side.CALLING: Layer("network", "N-CONNECT", Kind.REQUEST, "SYN"),
    Side.CALLED: Layer("network", "N-CONNECT", Kind.RESPONSE, "SYN ACK"),
}
_N_DISCONNECT = Layer("network", "N-DISCONNECT", Kind.REQUEST, "FIN", "closed")
_N_RESET = Layer("network", "N-DISCONNECT", Kind.REQUEST, "RST", "reset")


@dataclass
class _Stream:
    """What one end says, put together layer by layer; `blind`: the next TSDU may be a rest."""

    tpdus: Tpdus
    blind: bool
    tsdus: transport.Tsdus = field(default_factory=transport.Tsdus)
    ssdus: Joiner = field(default_factory=lambda: Joiner(_MAX_SSDU))

    def lost(self) -> None:
        """Something is missing: it is not known where the next TPDU, TSDU or SSDU begins."""
        self.tpdus.lost()
        self.tsdus.lost()
        self.ssdus = Joiner(_MAX_SSDU)
        self.blind = True


class Association:
    """What two ends say over one TCP connection."""

    def __init__(self, connection: Connection, *, judged: bool = True) -> None:
        """Begin with a connection's first segment, or the first one that the capture has.

        Unless it is `judged`, nobody looks whether what is said fits the state of the ends.
        """
        self.ends = {Side.CALLING: connection.calling, Side.CALLED: connection.called}
        self.mta_names: dict[Side, str] = {}
        self.steps: list[Step] = []
        self.said = Findings()
        #: The first octets of each side, by which associations are distinguished.
        self.beginnings = dict.fromkeys(Side, b"")
        #: Whether the first TSDU was a session connect; None before there was one.
        self.is_session: bool | None = None
        #: Whose connection it is, when it is not an MTA's: then nothing more of it is read.
        self.other: OtherUser | None = None
        whole = connection.complete
        self._streams = {side: _Stream(Tpdus(from_the_beginning=whole), not whole) for side in Side}
        self._connect: Unit | None = None  # whose user data goes on in overflow SPDUs
        self._overflow = bytearray()
        self._complete = whole  # what the capture has: else nobody can say who is in which state
        self._referee = Referee() if whole and judged else None
        #: Whether the X.410-1984 mode is in use; None while nothing has shown it.
        self.x410: bool | None = None
        self._presentation = Presentation()
        self._rtse: Rtse | None = None  # None also when something else uses the association
        self._is_mts = False
        self._presumed = False  # that it is the MTAs': the capture lacks the connect
        self._transfer: mts.Transfer | None = None
        self._complaints: list[Complaint] = []  # about the current TPDU
        self._at = ""  # the layer that is reading
        self._over = False
        self._not_read = 0  # TSDUs after one that is no session's
        self._tsdu = self._frame = self._time = 0
        if not whole:
            self.said.complete = False
            self._presume()

    @property
    def findings(self) -> list[Finding]:
        """Where somebody goes against a standard."""
        return self.said.findings

    @property
    def notes(self) -> list[Note]:
        """What one should know, and is nobody's fault."""
        return self.said.notes

    def feed(self, sender: Side, part: Part, frame: int, time: int) -> None:
        """`frame` brought a part of what `sender` says."""
        if self.other:
            return
        self._frame, self._time = frame, time
        match part:
            case Octets(octets):
                self._on_octets(sender, octets)
            case Opened():
                self._step(sender, _N_CONNECT[sender])
            case Gap(count):
                self.said.gap(frame, time, str(self.ends[sender]), count)
                self._lost(sender)
            case Absent():
                self.said.lacks(frame, time, f"nothing from {self.ends[sender]} is in the capture")
                self._lost(sender)
            case Finished(reset):
                self._on_finished(sender, reset=reset)

    def capture_ended(self) -> None:
        """The capture has no more of it."""
        if self._not_read:
            self._note(f"{self._not_read} TSDUs after it are not read")
        if self.steps and not self._over:
            self.said.lacks(self._frame, self._time, "the capture ends before the association does")

    # Network and transport

    def _on_finished(self, sender: Side, *, reset: bool) -> None:
        self._step(sender, _N_RESET if reset else _N_DISCONNECT)
        if not self._over:
            what = "reset" if reset else "closed"
            self._note(f"{self.ends[sender]} {what} the TCP connection before the session's end")
        self._over = True

    def _on_octets(self, sender: Side, octets: bytes) -> None:
        room = _BEGINNING - len(self.beginnings[sender])
        self.beginnings[sender] += octets[:room]
        try:
            for tpdu in self._streams[sender].tpdus.feed(octets):
                self._on_tpdu(sender, tpdu)
                if self.other:
                    return
        except ProtocolError as error:
            self._complain(sender, Complaint("transport", str(error)))
            self._lost(sender)

    def _lost(self, sender: Side) -> None:
        """From here on it is not known where things begin, nor which state they are in."""
        self._streams[sender].lost()
        self._complete, self._referee = False, None
        if self._rtse:
            self._rtse.lost()
        self._transfer = None
        if sender is Side.CALLING and not self.is_session:
            self._presume()

    def _presume(self) -> None:
        """The capture lacks the connect: take the association for one of the MTAs'."""
        self._presumed = self._is_mts = True

    def _on_tpdu(self, sender: Side, octets: bytes) -> None:
        self.other = otherusers.of_connect(octets)
        if self.other:
            return
        try:
            tpdu = decode(octets)
        except ProtocolError as error:
            self._complain(sender, Complaint("transport", str(error)))
            return
        self._complaints.clear()
        wrong = self._referee.sent(sender, octets) if self._referee else None
        if tpdu.code != DT:
            self._over = self._over or tpdu.code in (DR, ER)
            self._step(sender, transport.describe(tpdu))
        elif whole := self._streams[sender].tsdus.feed(tpdu):
            self._on_tsdu(sender, *whole)
        self._judge(sender, wrong)

    def _judge(self, sender: Side, wrong: Complaint | None) -> None:
        """Of one mistake the layers may have much to say: the first is enough."""
        broken = [each for each in self._complaints if each.severity is Severity.BROKEN]
        for complaint in self._complaints:
            if complaint.severity is not Severity.BROKEN:
                self._complain(sender, complaint)
        if first := wrong or next(iter(broken), None):
            self._complain(sender, first)

    # Session and above

    def _on_tsdu(self, sender: Side, tsdu: bytes, segments: int) -> None:
        self._tsdu += 1
        stream = self._streams[sender]
        blind, stream.blind = stream.blind, False
        if self.is_session is False:
            self._not_read += 1
            return
        if self.is_session is None and not blind:
            self.other = otherusers.of_first_data(tsdu)
            if self.other:
                return
        lower = transport.describe_data(len(tsdu), segments)
        try:
            units = decode_tsdu(tsdu)
        except ProtocolError as error:
            if not blind:
                self._step(sender, lower)
                self._complaints.append(Complaint("session", str(error)))
            units = []
        if self.is_session is None and (units or not blind):
            self.is_session = bool(units) and (self._presumed or units[0].spdu is Spdu.CN)
        for unit in units:
            self._on_unit(sender, unit, [lower, session.describe(unit)])

    def _on_unit(self, sender: Side, unit: Unit, layers: list[Layer]) -> None:
        self._over = self._over or unit.spdu in _LAST
        said_before = len(self._complaints)
        self._at = "session"
        try:
            if whole := self._whole(sender, unit):
                self._climb(sender, whole, layers)
        except ProtocolError as error:
            self._complaints.append(Complaint(self._at, str(error)))
        if self._presumed:  # who knows what was agreed on
            del self._complaints[said_before:]
        if not self.other:
            self._step(sender, *layers)

    def _whole(self, sender: Side, unit: Unit) -> Unit | None:
        """An SPDU with all of its SSDU, None as long as there is more to come.

        Raises ProtocolError when the pieces do not fit.
        """
        if unit.spdu is Spdu.CN and unit.octet(Pi.DATA_OVERFLOW) & 1:
            self._connect, self._overflow = unit, bytearray(unit.user_data)
            return None
        if unit.spdu is not Spdu.CDO or not self._connect:
            return self._streams[sender].ssdus.add(unit, segmented=True)
        self._overflow += unit.user_data[: MAX_TSDU_SIZE - len(self._overflow)]
        if not ends(unit):
            return None
        return Unit(Spdu.CN, self._connect.parameters, bytes(self._overflow))

    def _climb(self, sender: Side, unit: Unit, layers: list[Layer]) -> None:
        """Go up from the session as far as the SPDU has something for the layers above.

        Raises ProtocolError: the layer `_at` which it is finds something wrong.
        """
        self._note_mode(unit)
        reading = self._in_x410_mode if self.x410 else self._in_normal_mode
        for_rtse = reading(unit, layers)
        if self.other or not (self.x410 or self._is_mts):
            return
        self._at = "rtse"
        if self._rtse is None:
            presentation = None if self.x410 else self._presentation
            self._rtse = Rtse(presentation, complete=self._complete)
        said = self._rtse.read(sender, unit, for_rtse)
        layers += [said.layer] if said.layer else []
        self._complaints += said.complaints
        if said.note:
            self._note(said.note)
        if self.x410 and unit.spdu is Spdu.CN:
            self._is_mts = self._rtse.application_protocol in x410.P1
        if self._is_mts:
            self._at = "mts"
            self._user_of_rtse(sender, unit, said, layers)

    def _note_mode(self, unit: Unit) -> None:
        """The connect and its answer show the mode; where the capture lacks them, data do."""
        if unit.spdu is Spdu.CN or (unit.spdu is Spdu.AC and self.x410 is None):
            self.x410 = is_x410(unit.user_data)
        elif self.x410 is None and unit.spdu is Spdu.DT:
            self.x410 = not unit.user_data.startswith(_FULLY_ENCODED_DATA)

    def _in_x410_mode(self, unit: Unit, layers: list[Layer]) -> x410.Apdu | None:
        self._at = "presentation"
        layer, apdu = x410.read(unit.spdu, unit.user_data)
        layers += [layer] if layer else []
        return apdu

    def _in_normal_mode(self, unit: Unit, layers: list[Layer]) -> x410.Apdu | None:
        self._at = "presentation"
        layer, values = self._presentation.read(unit.spdu, unit.user_data)
        layers += [layer] if layer else []
        self._at = "acse"
        said = acse.read(unit.spdu, values)
        layers += [said.layer] if said.layer else []
        if said.context and unit.spdu is Spdu.CN:
            self._is_mts = said.context == acse.MTS_TRANSFER
            if not self._is_mts:
                self.other = otherusers.of_application_context(said.context)
        if said.wrong:
            raise ProtocolError(said.wrong)
        if not self._is_mts:
            return None
        for value in said.values:
            if wrong := self._presentation.not_in_use(value.context, "an EXTERNAL"):
                self._complaints.append(Complaint(self._at, wrong))
        self._at = "rtse"
        return rtse.apdu(unit.spdu, said.values)

    def _user_of_rtse(
        self, sender: Side, unit: Unit, reading: Reading, layers: list[Layer]
    ) -> None:
        """What the MTAs say: binds, and APDUs piece by piece. Raises ProtocolError."""
        if reading.bind:
            layer, name = mts.read_bind(unit.spdu, reading.bind)
            layers.append(layer)
            if name:
                self.mta_names[sender] = name
        if unit.spdu is Spdu.AS:
            self._transfer = mts.Transfer()
        elif unit.spdu in _NO_MORE_OF_IT or reading.unreadable:
            self._transfer = None
        elif self._transfer and (reading.piece or unit.spdu is Spdu.AE):
            transfer, self._transfer = self._transfer, None
            transfer.feed(reading.piece)
            if unit.spdu is Spdu.AE:
                layers.append(transfer.end())
                self._complaints += transfer.complaints
            else:
                self._transfer = transfer

    # What is kept

    def _step(self, sender: Side, *layers: Layer) -> None:
        self.steps.append(Step(self._frame, self._time, sender, layers, self._tsdu))

    def _complain(self, sender: Side, complaint: Complaint) -> None:
        self.said.complain(self._frame, self._time, sender, complaint)

    def _note(self, text: str) -> None:
        self.said.note(self._frame, self._time, text)
