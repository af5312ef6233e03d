"""A file that travels as the last body part of an interpersonal message (X.420 clause 7.3.12).

The file may be of any size: only what stands before its octets is made here. It is a bilaterally
defined body part, BP-14, as Exchange sends what has no body part of its own.
"""

from mta_emu.osi import ber

_MESSAGE, _SEQUENCE = b"\xa0", b"\x30"
_BILATERALLY_DEFINED = b"\x8e"
MAX_FILE = (1 << 32) - (1 << 21)  # octets: the lengths around it still have four octets


def before_file(message: bytes, length: int) -> bytes:
    """The octets before those of a file of `length` octets that is enclosed in an IPM.

    `message` is the BER of the IPM without it. Raises ProtocolError when it is none, and
    ValueError when the file is too long.
    """
    if length > MAX_FILE:
        raise ValueError(f"a file of {length} octets: at most {MAX_FILE}")
    heading, body = ber.elements(ber.contents(message))
    parts = ber.contents(body) + _BILATERALLY_DEFINED + ber.encode_length(length)
    body_length = len(parts) + length
    opening = heading + _SEQUENCE + ber.encode_length(body_length) + parts
    return _MESSAGE + ber.encode_length(len(opening) + length) + opening
