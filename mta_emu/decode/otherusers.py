"""Who else uses TPKT (RFC 1006): remote desktops, PLCs and other OSI applications.

They are named and not judged. Some show in the transport's connect, some in the first octets of
their data, the OSI applications in the application context of their association.
"""

import re
from typing import NamedTuple


class OtherUser(NamedTuple):
    """Another user of TPKT, and what it was recognised by."""

    name: str
    sign: str


#: What a remote desktop's CR and CC have behind the fixed part (MS-RDPBCGR 2.2.1.1, 2.2.1.2): a
#: cookie or a routing token, or a negotiation request, response or failure of eight octets.
_RDP_CONNECT = re.compile(
    rb".\xe0.{5}(?:Cookie: |tsv://)|.[\xd0\xe0].{5}(?:.*\r\n)?[\x01\x02\x03].\x08\x00.{4}$",
    re.DOTALL,
)

#: The first octets of a TSDU.
_FIRST_OCTETS = (
    (re.compile(rb"\x32[\x01\x02\x03\x07]", re.DOTALL), "S7"),
    (re.compile(rb"\x72[\x01\x02\x03\xfe]", re.DOTALL), "S7comm-plus"),
    (re.compile(rb"\x7f[\x65\x66]", re.DOTALL), "RDP or T.120"),  # MCS (T.125) connect
)

#: Application contexts (X.217), each with its application.
_CONTEXTS = {
    "1.0.8571.1.1": "FTAM",
    "1.0.9506.2.1": "MMS",
    "1.0.9506.2.3": "MMS",
    "2.5.3.1": "X.500 DAP",
    "2.5.3.2": "X.500 DSP",
    "2.5.3.3": "X.500 DOP",
    "2.5.3.4": "X.500 DISP",
    "2.5.3.5": "X.500 DISP",
    "2.9.0.0.2": "CMIP",
    **{f"2.6.0.1.{number}": "X.400 P3" for number in (0, 1, 2, 3, 7, 8, 9, 10)},
    **{f"2.6.0.1.{number}": "X.400 P7" for number in (4, 5, 11, 12)},
}


def of_connect(tpdu: bytes) -> OtherUser | None:
    """Who a CR or CC belongs to, when it is not an OSI session's."""
    if _RDP_CONNECT.match(tpdu):
        return OtherUser("RDP", "its transport connect has a remote desktop's cookie or request")
    return None


def of_first_data(tsdu: bytes) -> OtherUser | None:
    """Who a connection's first TSDU belongs to, when it is a protocol known here."""
    for pattern, name in _FIRST_OCTETS:
        if pattern.match(tsdu):
            return OtherUser(name, f"its data begin with {tsdu[:2].hex(' ')}")
    return None


def of_application_context(context: str) -> OtherUser:
    """Who an association with an application context belongs to that is not the MTAs'."""
    name = _CONTEXTS.get(context, "another OSI application")
    return OtherUser(name, f"application context {context}")


#: What begins like X.400, and then has no session.
UNKNOWN = OtherUser("another user of TPKT", "its first data are no session connect")
