"""Connection requests, octet by octet (RFC 1006 6, X.224 13.3)."""


def tpkt(tpdu: bytes) -> bytes:
    return b"\x03\x00" + (len(tpdu) + 4).to_bytes(2, "big") + tpdu


def request(called: bytes | None) -> bytes:
    """A CR of class 0 with source reference 1, a TPDU size, and a called T-selector or none."""
    variable = b"\xc0\x01\x0d"
    if called is not None:
        variable += bytes((0xC2, len(called))) + called
    return tpkt(bytes((6 + len(variable), 0xE0, 0, 0, 0, 1, 0)) + variable)


#: A DR for source reference 1 with the reason that the address is unknown (13.5.3).
ADDRESS_UNKNOWN = bytes.fromhex("0300000b 06 80 0001 0000 03")
