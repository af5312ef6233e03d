"""TPKT framing, RFC 1006 clause 6: four octets of header, then one TPDU."""

from collections.abc import Iterator

from mta_emu.osi.errors import ProtocolError

VERSION = 3
HEADER_LENGTH = 4
MIN_LENGTH = 7  # a header and the smallest TPDU
MAX_LENGTH = 65535


def frame(tpdu: bytes, reserved: int = 0) -> bytes:
    """Put the header before a TPDU; the reserved octet is to be 0 (KB Q157015).

    Raises ValueError when the TPDU does not fit the length field.
    """
    length = HEADER_LENGTH + len(tpdu)
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        raise ValueError(f"a TPKT of {length} octets: must be {MIN_LENGTH} to {MAX_LENGTH}")
    return bytes((VERSION, reserved)) + length.to_bytes(2, "big") + tpdu


class TpktReader:
    """Cuts a stream of octets into TPDUs; holds at most one incomplete TPKT."""

    def __init__(self, *, strict: bool = False) -> None:
        """Ignore the reserved octet, or want it to be 0 when `strict`."""
        self._buffer = bytearray()
        self._strict = strict

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """Take octets from the stream and yield each TPDU that is complete.

        Raises ProtocolError at a header that is not RFC 1006's; the stream is lost from there.
        """
        buffer = self._buffer
        buffer += octets
        start, end = 0, len(buffer)
        try:
            with memoryview(buffer) as view:  # a slice of it is no copy
                while end - start >= HEADER_LENGTH:
                    version, reserved, high, low = view[start : start + HEADER_LENGTH]
                    length = high << 8 | low
                    if version != VERSION:
                        raise ProtocolError(
                            f"TPKT version {version}: must be {VERSION} (RFC 1006 6)"
                        )
                    if self._strict and reserved:
                        raise ProtocolError(f"TPKT reserved octet {reserved}: must be 0")
                    if length < MIN_LENGTH:
                        raise ProtocolError(f"TPKT length {length}: must be at least {MIN_LENGTH}")
                    if end - start < length:
                        return
                    start += length
                    yield bytes(view[start - length + HEADER_LENGTH : start])
        finally:
            del buffer[:start]
