"""What the MTAs say to each other: binds, and the messages in their transfers (X.411, X.420)."""

from typing import Any

from mta_emu.decode.steps import Kind, Layer
from mta_emu.mts import bind, envelope, ipm
from mta_emu.mts.apdu import ApduReader
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.mts.envelope import ContentType, Envelope
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.spdu import Spdu

_MAX_CONTENT = 1 << 20  # octets of a content that are kept to look into
_INTERPERSONAL = {
    ContentType.INTERPERSONAL_MESSAGING_1984,
    ContentType.INTERPERSONAL_MESSAGING_1988,
}


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
        self._reader = ApduReader()
        self._content: list[bytes] = []
        self._content_octets = 0

    def feed(self, octets: bytes) -> None:
        """Take octets of the APDU. Raises ProtocolError."""
        piece = self._reader.feed(octets)
        self._content_octets += len(piece)
        if self._content_octets <= _MAX_CONTENT:
            self._content.append(piece)
        else:
            self._content.clear()

    def end(self) -> Layer:
        """The whole APDU. Raises ProtocolError when it is not whole, or cannot be read."""
        if not self._reader.complete:
            raise ProtocolError("the activity ends before the message does")
        message = envelope.decode(self._reader.envelope)
        parameters = _envelope(message) | {"content_octets": self._content_octets}
        words = [
            parameters["mts_identifier"],
            f"{parameters['priority']} priority",
            "to " + ", ".join(parameters["recipients"]),
            f"{parameters['content_type']}, {self._content_octets} octets",
        ]
        if (subject := self._subject(message)) is not None:
            parameters["subject"] = subject
            words.append(f'subject "{subject}"')
        summary = "; ".join(words)
        return Layer("mts", "MESSAGE-TRANSFER", Kind.REQUEST, "message", summary, parameters)

    def _subject(self, message: Envelope) -> str | None:
        """The subject of an interpersonal message, None when there is none to be read."""
        if message.content_type not in _INTERPERSONAL or not self._content:
            return None
        try:
            return ipm.decode(b"".join(self._content)).subject
        except ProtocolError:  # the content is the users' business, not the MTAs'
            return None


def _envelope(message: Envelope) -> dict[str, Any]:
    content_type = message.content_type
    return {
        "mts_identifier": str(message.identifier),
        "originator": str(message.originator),
        "recipients": [str(recipient.address) for recipient in message.recipients],
        "priority": message.priority.name.lower().replace("_", "-"),
        "content_type": _CONTENT_TYPES.get(content_type, str(content_type)),
        "content_identifier": message.content_identifier,
        "trace": [f"{element.domain} {element.arrival.isoformat()}" for element in message.trace],
        "internal_trace": [
            f"{element.mta_name} {element.arrival.isoformat()}"
            for element in message.internal_trace
        ],
    }


_CONTENT_TYPES: dict[int | str, str] = {
    ContentType.UNIDENTIFIED: "unidentified content",
    ContentType.EXTERNAL: "external content",
    ContentType.INTERPERSONAL_MESSAGING_1984: "P2",
    ContentType.INTERPERSONAL_MESSAGING_1988: "P22",
}
