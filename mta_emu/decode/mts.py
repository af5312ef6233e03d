"""What the MTAs say to each other: binds, and the messages in their transfers (X.411, X.420)."""

from mta_emu.decode import contents, envelopes
from mta_emu.decode.mtschecks import check
from mta_emu.decode.steps import Complaint, Kind, Layer
from mta_emu.mts import bind
from mta_emu.mts.apdu import ApduReader, decode_head
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Report
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.spdu import Spdu

_MAX_CONTENT = 1 << 20  # octets of a content that are kept to look into


def read_bind(spdu: Spdu, octets: bytes) -> tuple[Layer, str]:
    """The MTA-bind in an RT-OPEN, and the MTA name in it. Raises ProtocolError."""
    if spdu is Spdu.RF:
        error = bind.decode_error(octets)
        names = {int(known): known.name.lower().replace("_", " ") for known in BindError}
        text = names.get(error, f"error {error}")
        parameters = {"outcome": "refused", "error": error, "text": text}
        return Layer("mts", "MTA-BIND", Kind.RESPONSE, "error", f"refused: {text}", parameters), ""
    if spdu is Spdu.CN:
        return _credentials(Kind.REQUEST, "argument", bind.decode_argument(octets))
    return _credentials(Kind.RESPONSE, "result", bind.decode_result(octets))


def _credentials(kind: Kind, pdu: str, credentials: Credentials) -> tuple[Layer, str]:
    password = credentials.password.decode("latin-1")
    parameters = {"mta_name": credentials.name, "password": password}
    words = [credentials.name or "unauthenticated"]
    words += [f'password "{password}"'] if password else []
    return Layer("mts", "MTA-BIND", kind, pdu, ", ".join(words), parameters), credentials.name


class Transfer:
    """An MTS-APDU on its way; its content is not kept beyond what can be looked into."""

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []
        self._reader = ApduReader()
        self._content = bytearray()  # its beginning
        self._content_octets = 0

    def feed(self, octets: bytes) -> None:
        """Take octets of the APDU. Raises ProtocolError."""
        piece = self._reader.feed(octets)
        self._content_octets += len(piece)
        self._content += piece[: _MAX_CONTENT - len(self._content)]

    def end(self) -> Layer:
        """The whole APDU. Raises ProtocolError when it is not whole, or cannot be read."""
        if not self._reader.complete:
            raise ProtocolError("the activity ends before the message does")
        head = decode_head(self._reader.head)
        self.complaints += check(head)
        match head:
            case Envelope() as message:
                return self._message(message)
            case Probe() as probe:
                return _probe(probe)
            case Report() as report:
                return _report(report)

    def _message(self, message: Envelope) -> Layer:
        parameters = envelopes.of_message(message) | {"content_octets": self._content_octets}
        words = [
            parameters["mts_identifier"],
            f"{parameters['priority']} priority",
            "to " + ", ".join(parameters["recipients"]),
            f"{parameters['content_type']}, {self._content_octets} octets",
        ]
        content = contents.read(message.content_type, bytes(self._content), self._content_octets)
        self.complaints += content.complaints
        if content.subject is not None:
            parameters["subject"] = content.subject
            words.append(f'subject "{content.subject}"')
        if content.heading is not None:
            parameters["heading"] = content.heading
        summary = "; ".join(words)
        return Layer("mts", "MESSAGE-TRANSFER", Kind.REQUEST, "message", summary, parameters)


def _probe(probe: Probe) -> Layer:
    parameters = envelopes.of_probe(probe)
    words = [parameters["mts_identifier"], "to " + ", ".join(parameters["recipients"])]
    summary = "; ".join(words)
    return Layer("mts", "PROBE-TRANSFER", Kind.REQUEST, "probe", summary, parameters)


def _report(report: Report) -> Layer:
    parameters = envelopes.of_report(report)
    outcomes = [f"{each['recipient']} {each['outcome']}" for each in parameters["recipients"]]
    summary = "; ".join([f"on {parameters['subject_identifier']}", *outcomes])
    return Layer("mts", "REPORT-TRANSFER", Kind.REQUEST, "report", summary, parameters)
