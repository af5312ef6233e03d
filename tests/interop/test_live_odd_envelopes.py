"""Envelopes by hand in which something is not what it says: a report, or the message all the same.

Who gets an exception report instead sends the same again; PP 6 breaks the association as well.
"""

from dataclasses import replace
from typing import Any

import pytest

from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber
from tests.interop.byhand import ByHand
from tests.interop.live import Start
from tests.interop.test_live_bounds import (
    ENVELOPE,
    RECIPIENT,
    b_document,
    message,
    start,
    with_extension,
)

__all__ = ["b_document", "start"]

#: report-type [1] { non-delivery [1] { unable-to-transfer (1), protocol-violation (14) } }
WRONG = bytes.fromhex("a108 a106 800101 81010e")
_E = StandardExtension
ODD: dict[str, tuple[dict[str, Any], str]] = {
    "a time that is none": (
        with_extension(_E.LATEST_DELIVERY_TIME, b"\x17\x03abc"),
        "not a Time: ",
    ),
    "a BOOLEAN for an ENUMERATED": (
        with_extension(_E.RECIPIENT_REASSIGNMENT_PROHIBITED, b"\x01\x01\xff"),
        "recipient-reassignment-prohibited: BER tag 0x01, not an ENUMERATED",
    ),
    "more methods than there may be": (
        {
            "recipients": (
                Recipient(
                    RECIPIENT,
                    extensions=(
                        Extension(
                            _E.REQUESTED_DELIVERY_METHOD, ber.tlv(b"\x30", b"\x02\x01\x01" * 257)
                        ),
                    ),
                ),
            )
        },
        "requested-delivery-method: more than 256 methods",
    ),
    "types that are none": (
        {"encoded_information_types": bytes.fromhex("6504 a402 0500")},
        "not a EncodedInformationTypes: ",
    ),
}


async def reported(peer: ByHand, envelope: Envelope, text: str) -> ORAddress:
    """Transfer a message; it is taken, and a report says what is wrong. The recipient of that."""
    assert (await peer.transfers(message(envelope))).accepted
    octets, report = await peer.takes_report()
    assert WRONG in octets
    (recipient,) = report.content.recipients
    words = "A system on the way found the envelope wrong: "
    assert recipient.supplementary_information.startswith(words + text)
    return recipient.address


@pytest.mark.parametrize("what", ODD)
async def test_what_is_not_what_it_says_is_reported(
    start: Start, b_document: dict[str, Any], what: str
) -> None:
    changes, text = ODD[what]
    mta = await start(b_document)
    peer = await ByHand.calls()
    await reported(peer, replace(ENVELOPE, **changes), text)
    (event,) = mta.all("event", id=290)
    assert text in event["reason"]
    await peer.leaves()


async def test_a_recipient_whose_fields_are_wrong_keeps_nobody_else_from_it(
    start: Start, b_document: dict[str, Any]
) -> None:
    mta = await start(b_document)
    peer = await ByHand.calls()
    wrong = Extension(_E.REDIRECTION_HISTORY, bytes.fromhex("3002 0500"))
    brown = replace(RECIPIENT, surname="Brown")
    recipients = Recipient(RECIPIENT, 1), Recipient(brown, 2, extensions=(wrong,))
    sent = replace(ENVELOPE, recipients=recipients)
    assert await reported(peer, sent, "not a Redirection: ") == brown
    await mta.said("delivered", recipient=str(RECIPIENT))
    await peer.leaves()


async def test_no_types_at_all_are_no_reason_to_refuse(
    start: Start, b_document: dict[str, Any]
) -> None:
    """`65 00`: X.411 has the built-in types mandatory, and nobody needs them here."""
    mta = await start(b_document)
    peer = await ByHand.calls()
    odd = replace(ENVELOPE, encoded_information_types=bytes.fromhex("6500"))
    assert (await peer.transfers(message(odd))).accepted
    await mta.said("delivered")
    await peer.leaves()


async def test_what_cannot_even_be_reported_is_refused_and_the_association_lives(
    start: Start, b_document: dict[str, Any]
) -> None:
    """A trace of MTAs that is none: a report could not be kept from going round."""
    mta = await start(b_document)
    peer = await ByHand.calls()
    garbage = (Extension(_E.INTERNAL_TRACE_INFORMATION, bytes.fromhex("3002 0500")),)
    assert not (await peer.transfers(message(replace(ENVELOPE, extensions=garbage)))).accepted
    await mta.said("protocol-error", layer="mts")
    assert (await peer.transfers(message(ENVELOPE))).accepted
    await mta.said("delivered")
    await peer.leaves()
