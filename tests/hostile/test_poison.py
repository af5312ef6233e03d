"""Contents that no decoder expected: carried, delivered as they are, and nothing behind them waits.

P1 does not depend on what a content looks like. `../shared/faults/attacks/repro_poison.py` found
the first two: they froze a connector.
"""

from datetime import UTC, datetime

import pytest

from mta_emu.mts import envelope, ipm
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm import bodyparts
from mta_emu.mts.ipm.files import File
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber
from mta_emu.osi.ber import tlv
from mta_emu.osi.rtse.primitives import Octets, RtTransfer, RtTransferConfirm
from tests.hostile.conftest import Honest
from tests.hostile.wire import JONES, SMITH
from tests.mta_emu.mta.conftest import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOMAIN = GlobalDomain("US", " ", "Contoso")
GOOD = ipm.encode(InterpersonalMessage.of("1", JONES, (SMITH,), "s", (IA5Text("t"),)))
HEADING, BODY = ber.elements(ber.contents(GOOD))


def with_part(part: bytes) -> bytes:
    return tlv(b"\xa0", HEADING + tlv(b"\x30", part))


def file_with_parameters(octets: bytes) -> bytes:
    """A file transfer body part whose parameters are of the arbitrary form, a BIT STRING."""
    part = b"".join(map(bytes, bodyparts.encode(File("a", b"x"))))
    parameters, *others = ber.elements(ber.contents(part))
    identifier = ber.elements(ber.contents(parameters))[0]
    wrong = tlv(parameters[:1], identifier + octets)
    return with_part(tlv(part[:1], wrong + b"".join(others)))


POISON = {
    "file with arbitrary parameters": file_with_parameters(b"\x82\x02\x00A"),
    "file with octet-aligned parameters": file_with_parameters(b"\x81\x01A"),
    "three members": tlv(b"\xa0", HEADING + BODY + b"\x05\0"),
    "one member": tlv(b"\xa0", HEADING),
    "no octets": b"",
    "no BER": b"\xff" * 10,
    "a notification of nothing": b"\xa1\x00",
    "an IA5 text of nothing": with_part(b"\xa0\x00"),
    "a message of nothing": with_part(b"\xa9\x00"),
    "an extended part of nothing": with_part(b"\xaf\x00"),
    "an external of nothing": with_part(bytes.fromhex("af02 2800")),
    "nested deeper than is read": with_part(b"\xa9\x80" * 80),
    "half a million body parts": with_part(b"\x8e\x00" * 400_000),
}


@pytest.mark.parametrize("content", POISON.values(), ids=POISON.keys())
async def test_it_is_delivered_as_it_is(content: bytes, honest: Honest, victim: Running) -> None:
    honest.sent += 1
    fields = Envelope(MtsIdentifier(DOMAIN, f"P-{honest.sent}"), JONES, (Recipient(SMITH),))
    head = envelope.encode(fields.passed(DOMAIN, "A", datetime.now(UTC)))
    apdu = message_prefix(head, len(content)) + content
    honest.endpoint.request(RtTransfer(Octets(apdu)))
    assert await honest.endpoint.receive() == RtTransferConfirm(accepted=True)
    await victim.until(lambda: len(victim.all("delivered")) == honest.sent)
    *_, mail = victim.mta.store.mailbox.read()
    assert victim.mta.store.contents.read(mail.message, 0, mail.content_length) == content
    await honest.lives()


async def test_octets_above_127_in_a_printable_string(honest: Honest, victim: Running) -> None:
    """They were refused, and came again for ever: an O/R name with ISO 8859-1 in it."""
    honest.sent += 1
    fields = Envelope(MtsIdentifier(DOMAIN, "P-127"), JONES, (Recipient(SMITH),))
    head = envelope.encode(fields.passed(DOMAIN, "A", datetime.now(UTC)))
    head = head.replace(b"\x80\x05Jones", b"\x80\x05J\xf6nes")
    apdu = message_prefix(head, len(GOOD)) + GOOD
    honest.endpoint.request(RtTransfer(Octets(apdu)))
    assert await honest.endpoint.receive() == RtTransferConfirm(accepted=True)
    await victim.until(lambda: len(victim.all("delivered")) == honest.sent)
    *_, mail = victim.mta.store.mailbox.read()
    assert mail.envelope.originator.endswith("S=J\xf6nes")
    await honest.lives()
