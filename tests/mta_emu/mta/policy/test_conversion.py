"""What goes over a connector when a content cannot be read."""

from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.policy.conversion import Content, copy, obstacle
from mta_emu.mts import envelope, ipm
from mta_emu.mts.bodyparts import File, IA5Text
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import EXCHANGE_CONTENTS
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm import InterpersonalMessage
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.report import Diagnostic, NotDelivered, Reason
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber

SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")
OF_1984 = {"conformance": "1984", "allow_bp15": False, "allow_exchange_contents": False}
FOREIGN = {"allow_bp15": False, "allow_exchange_contents": False}
FILE = ipm.encode(InterpersonalMessage("1", SMITH, (SMITH,), "s", (File("a", b"x"),)))
HEADING, BODY = ber.elements(ber.contents(FILE))
THREE_MEMBERS = ber.tlv(b"\xa0", HEADING + BODY + b"\x05\0")
#: A file whose parameters, which hold its name, are a BIT STRING.
NAMELESS = FILE.replace(bytes.fromhex("5601 0b0c a0"), bytes.fromhex("5601 0b0c 82"))


def connector(document: dict[str, Any], advanced: dict[str, Any]) -> Any:
    document["connectors"][0]["advanced"] = advanced
    return parse(document, MtaConfig, "a.yaml").connectors[0]


def message(kind: int | str) -> Envelope:
    recipients = (Recipient(SMITH),)
    identifier = MtsIdentifier(GlobalDomain("US", " "), "M")
    return Envelope(identifier, SMITH, recipients, content_type=kind)


def content(octets: bytes) -> Content:
    return Content(len(octets), lambda at, size: octets[at : at + size], from_here=False)


@pytest.mark.parametrize("octets", [b"", b"\xff", THREE_MEMBERS])
@pytest.mark.parametrize("advanced", [OF_1984, FOREIGN])
def test_what_must_be_converted_and_cannot_be_read_is_reported(
    a_document: dict[str, Any], octets: bytes, advanced: dict[str, Any]
) -> None:
    subject = message(EXCHANGE_CONTENTS)
    why = obstacle(connector(a_document, advanced), subject, subject.recipients[0], content(octets))
    assert why == NotDelivered(Reason.CONVERSION_NOT_PERFORMED, Diagnostic.CONTENT_SYNTAX_ERROR)


@pytest.mark.parametrize("octets", [b"", b"\xff", THREE_MEMBERS, NAMELESS])
def test_what_others_wrote_goes_as_it_is(a_document: dict[str, Any], octets: bytes) -> None:
    over, subject = connector(a_document, OF_1984), message(22)
    assert obstacle(over, subject, subject.recipients[0], content(octets)) is None
    sent = copy(over, subject, content(octets))
    assert sent.conversion is None
    assert envelope.decode(sent.octets).content_type == 22


def test_p2_is_named_so(a_document: dict[str, Any]) -> None:
    octets = ipm.encode(InterpersonalMessage("1", SMITH, (SMITH,), "s", (IA5Text("t"),)))
    sent = copy(connector(a_document, OF_1984), message(22), content(octets))
    assert envelope.decode(sent.octets).content_type == 2


def test_a_name_that_cannot_be_read_is_lost_and_no_more(a_document: dict[str, Any]) -> None:
    assert NAMELESS != FILE
    over, subject = connector(a_document, FOREIGN), message(EXCHANGE_CONTENTS)
    assert obstacle(over, subject, subject.recipients[0], content(NAMELESS)) is None
    assert copy(over, subject, content(NAMELESS)).dropped == "the name of file "
