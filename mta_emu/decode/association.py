"""One association of a capture: the parts of its TCP streams in, steps and findings out."""

from mta_emu.decode import acse, mts, rtse, session, transport, x410
from mta_emu.decode.framing import Tpdus
from mta_emu.decode.presentation import Presentation
from mta_emu.decode.referee import Referee
from mta_emu.decode.rtse import Reading, Rtse
from mta_emu.decode.steps import Finding, Kind, Layer, Note, Side, Step
from mta_emu.decode.tcp import Connection, Finished, Gap, Octets, Opened, Part
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.x410_mode import is_x410
from mta_emu.osi.session.segments import Joiner, ends
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE
from mta_emu.osi.transport.tpdu import DR, DT, ER, decode

#: SPDUs after which nobody waits for more, and those after which a transfer does not go on.
_LAST = {Spdu.DN, Spdu.AB, Spdu.RF}
_NO_MORE_OF_IT = {Spdu.AD, Spdu.AI, Spdu.AR, Spdu.AB}
_MAX_SSDU = 1 << 31  # octets: what is in a capture is bounded by the capture
_FULLY_ENCODED_DATA = b"\x61"  # what all data of the normal mode begins with

#: RFC 1006 clause 4: what TCP does is the network service.
_N_CONNECT = {
    Side.CALLING: Layer("network", "N-CONNECT", Kind.REQUEST, "SYN"),
    Side.CALLED: Layer("network", "N-CONNECT", Kind.RESPONSE, "SYN ACK"),
}
_N_DISCONNECT = Layer("network", "N-DISCONNECT", Kind.REQUEST, "FIN", "closed")
_N_RESET = Layer("network", "N-DISCONNECT", Kind.REQUEST, "RST", "reset")


class Association:
    """What two ends say over one TCP connection."""

    def __init__(self, connection: Connection) -> None:
        """Hear a connection from its beginning, or from where the capture begins."""
        self.ends = {Side.CALLING: connection.calling, Side.CALLED: connection.called}
        self.mta_names: dict[Side, str] = {}
        self.steps: list[Step] = []
        self.findings: list[Finding] = []
        self.notes: list[Note] = []
        #: Whether the first TSDU was a session connect; None before there was one.
        self.is_session: bool | None = None
        self._tpdus = {side: Tpdus(from_the_beginning=connection.complete) for side in Side}
        self._tsdus = {side: transport.Tsdus() for side in Side}
        self._ssdus = {side: Joiner(_MAX_SSDU) for side in Side}
        self._connect: Unit | None = None  # whose user data goes on in overflow SPDUs
        #: Sides of which the next TSDU may be the rest of one.
        self._blind = set() if connection.complete else set(Side)
        #: None when the capture lacks something: then nobody can say who is in which state.
        self._referee = Referee() if connection.complete else None
        #: Whether the X.410-1984 mode is in use; None while nothing has told.
        self.x410: bool | None = None
        self._presentation = Presentation()
        self._rtse: Rtse | None = None  # None also when something else uses the association
        self._is_mts = self._presumed = not connection.complete
        self._transfer: mts.Transfer | None = None
        self._complaints: list[tuple[str, str]] = []  # (layer, what) about the current TPDU
        self._over = False
        self._tsdu = self._frame = self._time = 0

    def feed(self, sender: Side, part: Part, frame: int, time: int) -> None:
        """`frame` brought a part of what `sender` says."""
        self._frame, self._time = frame, time
        match part:
            case Octets(octets):
                self._on_octets(sender, octets)
            case Opened():
                self._step(sender, _N_CONNECT[sender])
            case Gap(count):
                self._note(f"{count} octets from {self.ends[sender]} are not in the capture")
                self._lost(sender)
            case Finished(reset):
                self._on_finished(sender, reset=reset)

    # Network and transport

    def _on_finished(self, sender: Side, *, reset: bool) -> None:
        self._step(sender, _N_RESET if reset else _N_DISCONNECT)
        if not self._over:
            what = "reset" if reset else "closed"
            self._note(f"{self.ends[sender]} {what} the TCP connection before the session's end")
        self._over = True

    def _on_octets(self, sender: Side, octets: bytes) -> None:
        try:
            for tpdu in self._tpdus[sender].feed(octets):
                self._on_tpdu(sender, tpdu)
        except ProtocolError as error:
            self._finding(sender, "transport", str(error))
            self._lost(sender)

    def _lost(self, sender: Side) -> None:
        """From here on it is not known where things begin, nor which state they are in."""
        self._tpdus[sender].lost()
        self._tsdus[sender].lost()
        self._ssdus[sender] = Joiner(_MAX_SSDU)
        self._blind.add(sender)
        self._referee = None
        if self._rtse:
            self._rtse.lost()
        self._transfer = None

    def _on_tpdu(self, sender: Side, octets: bytes) -> None:
        try:
            tpdu = decode(octets)
        except ProtocolError as error:
            self._finding(sender, "transport", str(error))
            return
        self._complaints.clear()
        wrong = self._referee and self._referee.sent(sender, octets)
        if tpdu.code != DT:
            self._over = self._over or tpdu.code in (DR, ER)
            self._step(sender, transport.describe(tpdu))
        elif whole := self._tsdus[sender].feed(tpdu):
            self._on_tsdu(sender, *whole)
        if wrong:
            self._finding(sender, *wrong)
        elif self._complaints:  # of one mistake the layers above may make several
            self._finding(sender, *self._complaints[0])

    # Session and above

    def _on_tsdu(self, sender: Side, tsdu: bytes, segments: int) -> None:
        self._tsdu += 1
        blind = sender in self._blind
        self._blind.discard(sender)
        lower = transport.describe_data(len(tsdu), segments)
        try:
            units = decode_tsdu(tsdu)
        except ProtocolError as error:
            if not blind:
                self._step(sender, lower)
                self._complaints.append(("session", str(error)))
            units = []
        if self.is_session is None:
            self.is_session = bool(units) and units[0].spdu is Spdu.CN
        for unit in units:
            self._on_unit(sender, unit, [lower, session.describe(unit)])

    def _on_unit(self, sender: Side, unit: Unit, layers: list[Layer]) -> None:
        self._over = self._over or unit.spdu in _LAST
        complaints = self._climb(sender, unit, layers)
        self._step(sender, *layers)
        if not self._presumed:
            self._complaints += complaints

    def _climb(self, sender: Side, unit: Unit, layers: list[Layer]) -> list[tuple[str, str]]:
        """Go up from the session as far as the SPDU has something for the layers above.

        Returns what is wrong there: (layer, what).
        """
        complaints: list[tuple[str, str]] = []
        at = "session"
        try:
            whole = self._whole(sender, unit)
            if whole is None:
                return []
            unit, data = whole, whole.user_data
            at = "presentation"
            self._note_mode(unit.spdu, data)
            if self.x410:
                layer, apdu = x410.read(unit.spdu, data)
                layers += [layer] if layer else []
            else:
                layer, values = self._presentation.read(unit.spdu, data)
                layers += [layer] if layer else []
                at = "acse"
                layer, values = acse.read(unit.spdu, values)
                layers += [layer] if layer else []
                if layer and unit.spdu is Spdu.CN:
                    self._is_mts = layer.parameters["application_context"] == acse.MTS_TRANSFER
                if not self._is_mts:
                    return []
                at = "rtse"
                apdu = rtse.apdu(unit.spdu, values)
            at = "rtse"
            self._rtse = self._rtse or Rtse(in_externals=not self.x410)
            reading = self._rtse.read(sender, unit, apdu)
            layers += [reading.layer] if reading.layer else []
            complaints += [(at, reading.complaint)] if reading.complaint else []
            if self.x410 and unit.spdu is Spdu.CN:
                self._is_mts = self._rtse.application_protocol in x410.P1
            if self._is_mts:
                at = "mts"
                self._user_of_rtse(sender, unit, reading, layers)
        except ProtocolError as error:
            complaints.append((at, str(error)))
        return complaints

    def _whole(self, sender: Side, unit: Unit) -> Unit | None:
        """An SPDU with all of its SSDU, None as long as there is more to come.

        Raises ProtocolError when the pieces do not fit.
        """
        if unit.spdu is Spdu.CN and unit.octet(Pi.DATA_OVERFLOW) & 1:
            self._connect = unit
            return None
        if unit.spdu is not Spdu.CDO or not self._connect:
            return self._ssdus[sender].add(unit, segmented=True)
        data = self._connect.user_data + unit.user_data
        self._connect = Unit(Spdu.CN, self._connect.parameters, data[:MAX_TSDU_SIZE])
        return self._connect if ends(unit) else None

    def _note_mode(self, spdu: Spdu, data: bytes) -> None:
        """The connect tells the mode; where the capture lacks it, the first data do."""
        if spdu is Spdu.CN:
            self.x410 = is_x410(data)
        elif self.x410 is None and spdu is Spdu.DT:
            self.x410 = not data.startswith(_FULLY_ENCODED_DATA)

    def _user_of_rtse(
        self, sender: Side, unit: Unit, reading: Reading, layers: list[Layer]
    ) -> None:
        """What the MTAs say: binds, and APDUs piece by piece. Raises ProtocolError."""
        if reading.bind:
            layer, name = mts.read_bind(unit.spdu, reading.bind)
            layers.append(layer)
            if name:
                self.mta_names[sender] = name
        self._transferred(unit, reading.piece, layers)

    def _transferred(self, unit: Unit, piece: bytes, layers: list[Layer]) -> None:
        """Follow the APDU that an activity transfers. Raises ProtocolError."""
        transfer = self._transfer
        if unit.spdu is Spdu.AS:
            self._transfer = mts.Transfer()
        elif unit.spdu in _NO_MORE_OF_IT:
            self._transfer = None
        elif transfer and (piece or unit.spdu is Spdu.AE):
            self._transfer = None
            transfer.feed(piece)
            if unit.spdu is Spdu.AE:
                layers.append(transfer.end())
            else:
                self._transfer = transfer

    # What is kept

    def _step(self, sender: Side, *layers: Layer) -> None:
        self.steps.append(Step(self._frame, self._time, sender, layers, self._tsdu))

    def _finding(self, sender: Side, layer: str, text: str) -> None:
        self.findings.append(Finding(self._frame, self._time, sender, layer, text))

    def _note(self, text: str) -> None:
        self.notes.append(Note(self._frame, self._time, text))
