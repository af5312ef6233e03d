"""The EXTERNAL around an APDU that is transferred in normal mode (X.228 8.1.3, X.208 34).

RT-TRANSFER carries a value of a presentation context, so its octets are those of an EXTERNAL that
names the context; both directions are streamed.
"""

from dataclasses import dataclass

from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.rtse.primitives import ApduSource

_EXTERNAL = 0x28
_OBJECT_IDENTIFIER, _INTEGER, _OBJECT_DESCRIPTOR = 0x06, 0x02, 0x07
_SINGLE_ASN1_TYPE, _OCTET_ALIGNED = 0xA0, 0x81
_MAX_HEADER = 256
_MARK = 2  # octets, at the end of a value of indefinite length


@dataclass(frozen=True)
class ExternalSource:
    """An APDU source with the octets of the EXTERNAL before it."""

    header: bytes
    source: ApduSource

    @property
    def length(self) -> int:
        """How many octets there are in all."""
        return len(self.header) + self.source.length

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` octets from `offset`."""
        octets = self.header[offset : offset + size]
        rest = size - len(octets)
        return (
            octets + self.source.read(max(0, offset - len(self.header)), rest) if rest else octets
        )


def external(context: int, source: ApduSource) -> ExternalSource:
    """Put a value of a presentation context into an EXTERNAL."""
    reference = ber.tlv(bytes((_INTEGER,)), bytes((context,)))
    encoding = ber.opening(bytes((_SINGLE_ASN1_TYPE,)), source.length)
    length = len(reference) + len(encoding) + source.length
    header = ber.opening(bytes((_EXTERNAL,)), length) + reference + encoding
    return ExternalSource(header, source)


class ExternalReader:
    """Takes the EXTERNAL away from an APDU that comes in pieces.

    Where lengths are indefinite, the marks at their ends are its own last octets: as many as they
    are stay behind, because the next ones may be the last.
    """

    def __init__(self) -> None:
        self.context: int | None = None  # the presentation context, where it is named
        self.inside = False  # whether the value has begun
        self._header = b""
        self._left: int | None = None  # octets of the value still to come, when that is known
        self._marks = 0  # octets of the marks that end it
        self._behind = b""  # what may be these marks

    @decoder
    def feed(self, octets: bytes) -> bytes:
        """The octets of the APDU that `octets` brought. Raises ProtocolError."""
        if not self.inside:
            self._header += octets
            octets = self._begin()
        if self._left is not None:
            octets = octets[: self._left]
            self._left -= len(octets)
        elif self._marks:
            octets = self._behind + octets
            octets, self._behind = octets[: -self._marks], octets[-self._marks :]
        return octets

    def _begin(self) -> bytes:
        """Read up to the value; what follows it so far, b"" when the header is not complete."""
        try:
            identifier, whole, at = ber.header(self._header)
            if identifier[0] != _EXTERNAL:
                raise ProtocolError(f"BER tag 0x{identifier.hex()} where an EXTERNAL must be")
            while True:
                identifier, length, start = ber.header(self._header, at)
                if identifier[0] in (_SINGLE_ASN1_TYPE, _OCTET_ALIGNED):
                    self.inside, self._left = True, length
                    self._marks = _MARK * (length is None) + _MARK * (whole is None)
                    return self._header[start:]
                if identifier[0] not in (_OBJECT_IDENTIFIER, _INTEGER, _OBJECT_DESCRIPTOR):
                    raise ProtocolError(f"BER tag 0x{identifier.hex()} in an EXTERNAL")
                at = start + (length or 0)
                if identifier[0] == _INTEGER and at <= len(self._header):
                    self.context = int.from_bytes(self._header[start:at], "big")
        except ber.Incomplete:
            if len(self._header) > _MAX_HEADER:
                raise ProtocolError("an EXTERNAL without a value") from None
            return b""
