"""MTS-APDUs, X.411 figure 4: a message, a report or a probe; those of 1984 look the same.

A message is written around a content and read as it comes: its envelope is small and kept whole,
its content may be of any size and is never held. Reports and probes are kept whole.
"""

from collections.abc import Callable
from enum import IntEnum

from mta_emu.mts import envelope, probe, report
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Report
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

MAX_ENVELOPE = 1 << 20  # octets, also of a probe; some 10 000 recipients
MAX_REPORT = 1 << 22  # octets; with the content that it may return

_SET = 0x31
_OCTET_STRING = b"\x04"
_END_OF_CONTENTS = b"\x00\x00"


class ApduKind(IntEnum):
    """The kinds of MTS-APDU, by their identifier octet."""

    MESSAGE = 0xA0
    REPORT = 0xA1
    PROBE = 0xA2


_LIMITS = {
    ApduKind.MESSAGE: (MAX_ENVELOPE, "an envelope"),
    ApduKind.REPORT: (MAX_REPORT, "a report"),
    ApduKind.PROBE: (MAX_ENVELOPE, "a probe"),
}


def message_prefix(head: bytes, content_length: int) -> bytes:
    """The octets before the content, in a message with this envelope."""
    content_header = ber.opening(_OCTET_STRING, content_length)
    length = len(head) + len(content_header) + content_length
    return ber.opening(bytes((ApduKind.MESSAGE,)), length) + head + content_header


#: What is kept in memory of an APDU: a message's envelope, all of a probe or a report.
Head = Envelope | Probe | Report


def encode_head(head: Head) -> bytes:
    """The BER of a head: of the envelope alone for a message, else of the APDU."""
    match head:
        case Envelope():
            return envelope.encode(head)
        case Probe():
            return probe.encode(head)
        case Report():
            return report.encode(head)


@decoder
def decode_head(octets: bytes) -> Head:
    """Read the BER of a head. Raises ProtocolError."""
    if octets[:1] == bytes((ApduKind.REPORT,)):
        return report.decode(octets)
    if octets[:1] == bytes((ApduKind.PROBE,)):
        return probe.decode(octets)
    return envelope.decode(octets)


def prefix(head: bytes, content_length: int) -> bytes:
    """The octets before the content, in the APDU with this head; of a probe or report, all."""
    whole = head[0] in {ApduKind.REPORT, ApduKind.PROBE}
    return head if whole else message_prefix(head, content_length)


class ApduReader:
    """Reads an APDU that comes in pieces. Octets that follow it are an error."""

    def __init__(self) -> None:
        self.kind: ApduKind | None = None  # once the first octets have come
        self.head = b""  # its BER, once that is complete
        self.complete = False
        self._buffer = bytearray()
        self._step: Callable[[], bytes] = self._identify
        self._end = ber.EndFinder()  # of what is kept whole
        self._content = ber.StringReader()
        self._mark = b""  # what ends a message of indefinite length

    @decoder
    def feed(self, octets: bytes) -> bytes:
        """The octets of the content that `octets` brought. Raises ProtocolError."""
        self._buffer += octets
        content: list[bytes] = []
        try:
            while self._buffer:
                content.append(self._step())
        except ber.Incomplete:
            if self.kind is not None:
                limit, what = _LIMITS[self.kind]
                if len(self._buffer) > limit:
                    raise ProtocolError(f"{what} of more than {limit} octets") from None
        return b"".join(content)

    # Steps: each takes what it can from the buffer, and says what of the content that was

    def _identify(self) -> bytes:
        identifier, length, start = ber.header(self._buffer)
        if identifier[0] not in set(ApduKind):
            raise ProtocolError(f"BER tag 0x{identifier.hex()} where an MTS-APDU must be")
        self.kind = ApduKind(identifier[0])
        if self.kind is ApduKind.MESSAGE:
            self._mark = _END_OF_CONTENTS if length is None else b""
            del self._buffer[:start]
            self._step = self._read_envelope
        else:
            self._step = self._read_whole
        return b""

    def _read_whole(self) -> bytes:
        self.head = self._value()
        self.complete = True
        self._step = self._refuse_more
        return b""

    def _read_envelope(self) -> bytes:
        if self._buffer[0] != _SET:
            raise ProtocolError(f"BER tag 0x{self._buffer[0]:02x} where an envelope must be")
        self.head = self._value()
        self._step = self._read_content
        return b""

    def _read_content(self) -> bytes:
        octets = self._content.feed(bytes(self._buffer))
        self._buffer[:] = self._content.rest
        if self._content.complete:
            self.complete = True
            self._step = self._refuse_more
        return octets

    def _refuse_more(self) -> bytes:
        """Take the mark, as far as it has come."""
        if not self._mark.startswith(self._buffer):
            raise ProtocolError("octets after the end of the APDU")
        self._mark = self._mark[len(self._buffer) :]
        self._buffer.clear()
        return b""

    def _value(self) -> bytes:
        """Take the value that the buffer begins with, as it is; Incomplete until it has come."""
        end = self._end.find(self._buffer)
        value = bytes(self._buffer[:end])
        del self._buffer[:end]
        return value
