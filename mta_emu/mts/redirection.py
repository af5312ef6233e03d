"""Redirection to alternate recipients: what of it travels in the per-recipient fields (X.411).

The originator asks for an alternate recipient in an extension of its own (8.2.1.1.1.5), and the
redirection history (8.3.1.1.1.4) says for whom it was meant before.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from mta_emu.mts import extension, oraddress
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.extension import Extension, Extensions, StandardExtension
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

MAX_REDIRECTIONS = 512  # ub-redirections

_SEQUENCE, _ENUMERATED = b"\x30", b"\x0a"
_HISTORY = StandardExtension.REDIRECTION_HISTORY
_REQUESTED = StandardExtension.ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT


class RedirectionReason(IntEnum):
    """Who assigned the alternate recipient; the values are those on the wire."""

    RECIPIENT_ASSIGNED_ALTERNATE_RECIPIENT = 0
    ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT = 1
    RECIPIENT_MD_ASSIGNED_ALTERNATE_RECIPIENT = 2


@dataclass(frozen=True)
class Redirection:
    """For whom a message was meant before it was redirected, and when and why it was."""

    intended: ORAddress
    time: datetime
    reason: int


@decoder
def history(extensions: Extensions) -> tuple[Redirection, ...]:
    """The redirections of a recipient, the first one first. Raises ProtocolError.

    Of too many one more is read than there may be, so that it shows.
    """
    found = extension.find(extensions, _HISTORY)
    if found is None:
        return ()
    elements = ber.elements(ber.contents(found.value), MAX_REDIRECTIONS + 1)
    return tuple(_decode(each) for each in elements)


def first_intended(recipient: Recipient) -> ORAddress | None:
    """For whom it was meant at first; None: it was not redirected, or that cannot be read."""
    with suppress(ProtocolError):
        return next((each.intended for each in history(recipient.extensions)), None)
    return None


@decoder
def requested_alternate(recipient: Recipient) -> ORAddress | None:
    """To whom the originator wants it redirected instead. Raises ProtocolError."""
    found = extension.find(recipient.extensions, _REQUESTED)
    return oraddress.decode(found.value) if found else None


def requesting_alternate(recipient: Recipient, alternate: ORAddress) -> Recipient:
    """The per-recipient fields with the originator's wish for an alternate recipient."""
    wish = Extension(_REQUESTED, oraddress.encode(alternate))
    return replace(recipient, extensions=extension.with_extension(recipient.extensions, wish))


def redirect(recipient: Recipient, to: ORAddress, reason: int, time: datetime) -> Recipient:
    """The per-recipient fields of the alternate recipient; what was in the history stays in it."""
    was = extension.find(recipient.extensions, _HISTORY)
    before = ber.contents(was.value) if was else b""
    value = ber.tlv(_SEQUENCE, before + _encode(Redirection(recipient.address, time, reason)))
    added = replace(was, value=value) if was else Extension(_HISTORY, value)
    extensions = extension.with_extension(recipient.extensions, added)
    return replace(recipient, address=to, extensions=extensions)


def _encode(redirection: Redirection) -> bytes:
    fields = {
        "intended-recipient-name": {
            "intended-recipient": oraddress.encode(redirection.intended),
            "redirection-time": redirection.time,
        },
        "redirection-reason": ber.tlv(_ENUMERATED, bytes((redirection.reason,))),
    }
    return MTS.encode("Redirection", fields)


def _decode(octets: bytes) -> Redirection:
    fields = MTS.decode("Redirection", octets)
    name = fields["intended-recipient-name"]
    return Redirection(
        oraddress.decode(bytes(name["intended-recipient"])),
        name["redirection-time"],
        MTS.decode("RedirectionReason", bytes(fields["redirection-reason"])),
    )
