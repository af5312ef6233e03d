"""What goes over a connector: what is converted or lost, and what a probe says of it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig, Heuristics
from mta_emu.mta.policy.conversion import Content, copy, obstacle
from mta_emu.mts import envelope, ipm
from mta_emu.mts import probe as probes
from mta_emu.mts.apdu import decode_head, encode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.fields import (
    EXCHANGE_CONTENTS,
    ContentType,
    EncodedInformationType,
    PerMessageIndicators,
    encoded_information_types,
)
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.files import File
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import GeneralText, IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Diagnostic, NonDeliveryReason, NotDelivered
from mta_emu.mts.subject import Recipient
from mta_emu.mts.wishes import prohibition
from mta_emu.osi import ber

Start = Callable[..., Awaitable[Any]]
P2, P22 = ContentType.INTERPERSONAL_MESSAGING_1984, ContentType.INTERPERSONAL_MESSAGING_1988
CONVERSION_WITH_LOSS = StandardExtension.CONVERSION_WITH_LOSS_PROHIBITED
DOMAIN = GlobalDomain("US", " ")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOBODY = ORAddress(country="US")
PROHIBITED = PerMessageIndicators.IMPLICIT_CONVERSION_PROHIBITED


def connector(**advanced: Any) -> ConnectorConfig:
    document = {
        "general": {"directory_name": "TO-B", "remote_mta_name": "B"},
        "stack": {"address": "127.0.0.1"},
        "advanced": advanced,
    }
    return parse(document, ConnectorConfig, "test")


def probe(content_type: int | str, indicators: PerMessageIndicators) -> Probe:
    identifier = MtsIdentifier(DOMAIN, "P")
    return Probe(identifier, NOBODY, (Recipient(NOBODY),), content_type, indicators=indicators)


@pytest.mark.parametrize(
    ("advanced", "kind", "element"),
    [
        ({"conformance": "1984"}, P22, "46 01 02"),  # [APPLICATION 6] 2
        ({"conformance": "1984"}, P2, "46 01 02"),
        ({"conformance": "1984"}, EXCHANGE_CONTENTS, "46 01 02"),
        ({"conformance": "1984"}, ContentType.UNIDENTIFIED, "46 01 00"),
        ({}, P22, "46 01 16"),
        ({}, P2, "46 01 02"),
        ({"allow_exchange_contents": False}, EXCHANGE_CONTENTS, "46 01 16"),
        ({"allow_exchange_contents": False}, "1.2.3", "06 02 2a 03"),
    ],
)
def test_a_probe_has_the_content_type_that_its_message_would_have(
    advanced: dict[str, Any], kind: int | str, element: str
) -> None:
    asked = probe(kind, PerMessageIndicators.NONE)
    assert obstacle(connector(**advanced), asked, asked.recipients[0], None) is None
    octets = encode_head(copy(connector(**advanced), asked, None).head)
    assert bytes.fromhex(element) in ber.elements(ber.contents(octets))
    assert probes.decode(octets).recipients == asked.recipients


def test_a_probe_of_what_must_not_be_converted_is_answered_like_its_message() -> None:
    asked = probe(EXCHANGE_CONTENTS, PROHIBITED)
    assert obstacle(connector(conformance="1984"), asked, asked.recipients[0], None) == (
        NotDelivered(
            NonDeliveryReason.CONVERSION_NOT_PERFORMED, Diagnostic.IMPLICIT_CONVERSION_PROHIBITED
        )
    )


@pytest.mark.element("conversion prohibition")
@pytest.mark.parametrize("prohibited", [True, False])
async def test_an_originator_hears_of_what_must_not_be_converted(
    start: Start, a_document: dict[str, Any], prohibited: bool
) -> None:
    a_document["connectors"][0]["advanced"] = {"allow_exchange_contents": False}
    a = await start(a_document)
    wishes = {"prohibit": ["conversion"]} if prohibited else {}
    (sent,) = await a.send(str(SMITH), rich_text="{\\rtf1 x}", **wishes)
    if prohibited:
        said = await a.said("report", mts_identifier=sent)
        why = NotDelivered(
            NonDeliveryReason.CONVERSION_NOT_PERFORMED, Diagnostic.IMPLICIT_CONVERSION_PROHIBITED
        )
        assert said["outcome"] == str(why)
    else:
        await a.until(lambda: bool(a.mta.store.queues.waiting("TO-B")))
        assert not a.all("report")


SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")
OF_1984 = {"conformance": "1984", "allow_bp15": False, "allow_exchange_contents": False}
FOREIGN = {"allow_bp15": False, "allow_exchange_contents": False}
FILE = ipm.encode(InterpersonalMessage.of("1", SMITH, (SMITH,), "s", (File("a", b"x"),)))
HEADING, BODY = ber.elements(ber.contents(FILE))
THREE_MEMBERS = ber.tlv(b"\xa0", HEADING + BODY + b"\x05\0")
#: A file whose parameters, which hold its name, are a BIT STRING.
NAMELESS = FILE.replace(bytes.fromhex("5601 0b0c a0"), bytes.fromhex("5601 0b0c 82"))


def connector_of(document: dict[str, Any], advanced: dict[str, Any]) -> Any:
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
    why = obstacle(
        connector_of(a_document, advanced), subject, subject.recipients[0], content(octets)
    )
    assert why == NotDelivered(
        NonDeliveryReason.CONVERSION_NOT_PERFORMED, Diagnostic.CONTENT_SYNTAX_ERROR
    )


@pytest.mark.parametrize("octets", [b"", b"\xff", THREE_MEMBERS, NAMELESS])
def test_what_others_wrote_goes_as_it_is(a_document: dict[str, Any], octets: bytes) -> None:
    over, subject = connector_of(a_document, OF_1984), message(22)
    assert obstacle(over, subject, subject.recipients[0], content(octets)) is None
    sent = copy(over, subject, content(octets))
    assert sent.conversion is None
    assert envelope.decode(encode_head(sent.head)).content_type == 22


def test_p2_is_named_so(a_document: dict[str, Any]) -> None:
    octets = ipm.encode(InterpersonalMessage.of("1", SMITH, (SMITH,), "s", (IA5Text("t"),)))
    sent = copy(connector_of(a_document, OF_1984), message(22), content(octets))
    assert envelope.decode(encode_head(sent.head)).content_type == 2


def test_a_name_that_cannot_be_read_is_lost_and_no_more(a_document: dict[str, Any]) -> None:
    assert NAMELESS != FILE
    over, subject = connector_of(a_document, FOREIGN), message(EXCHANGE_CONTENTS)
    assert obstacle(over, subject, subject.recipients[0], content(NAMELESS)) is None
    assert copy(over, subject, content(NAMELESS)).dropped == "the name of file "


def composed(text: str, *extensions: Extension, kind: int | str = P22) -> tuple[Envelope, bytes]:
    """A message and its content, with this domain's trace."""
    content = ipm.encode(
        InterpersonalMessage.of("1", NOBODY, (NOBODY,), "Hi", (GeneralText(text),))
    )
    types = encoded_information_types(EncodedInformationType.UNKNOWN)
    subject = replace(message(kind), encoded_information_types=types, extensions=extensions)
    return subject.passed(DOMAIN, "A", NOON), content


@pytest.mark.element("conversion prohibition in case of loss of information")
@pytest.mark.parametrize(("text", "lossy"), [("caf\xe9", True), ("coffee", False)])
def test_nothing_is_lost_where_that_is_prohibited(text: str, lossy: bool) -> None:
    subject, octets = composed(text, prohibition(CONVERSION_WITH_LOSS))
    page = connector(body_part="ia5")
    ours = replace(content(octets), from_here=True)
    why = NotDelivered(
        NonDeliveryReason.CONVERSION_NOT_PERFORMED, Diagnostic.CONVERSION_WITH_LOSS_PROHIBITED
    )
    found = obstacle(page, subject, subject.recipients[0], ours)
    assert found == (why if lossy else None)
    allowed = replace(subject, extensions=())
    assert obstacle(page, allowed, subject.recipients[0], ours) is None


def test_what_others_wrote_keeps_its_types_and_the_trace_says_what_became_of_them() -> None:
    subject, octets = composed("coffee", kind=EXCHANGE_CONTENTS)
    page = connector(body_part="ia5", allow_exchange_contents=False)
    went = decode_head(encode_head(copy(page, subject, content(octets)).head))
    assert isinstance(went, Envelope)
    assert went.content_type == P22
    assert went.encoded_information_types == subject.encoded_information_types
    types = encoded_information_types(EncodedInformationType.IA5_TEXT)
    assert [element.converted for element in went.trace] == [types]
    assert [element.converted for element in went.internal_trace] == [types]


def test_what_began_here_has_the_types_that_it_is_written_with() -> None:
    subject, octets = composed("coffee")
    ours = replace(content(octets), from_here=True)
    went = decode_head(encode_head(copy(connector(body_part="ia5"), subject, ours).head))
    assert isinstance(went, Envelope)
    types = encoded_information_types(EncodedInformationType.IA5_TEXT)
    assert went.encoded_information_types == types
    assert [element.converted for element in went.trace] == [b""]


def test_heuristics() -> None:
    """0x400 and 0x800 (Q177374): [1] of an envelope, and [APPLICATION 30] in 1984 mode."""
    carrier = GlobalDomain("US", "MCI")  # whose bilateral information 1984 has as well
    subject = message(P22).passed(carrier, "A", NOON).entered(carrier, "/O=X/OU=Y")

    def members(strip: dict[str, bool]) -> set[bytes]:
        page = connector(conformance="1984", body_part="t61")
        page = page.model_copy(update={"heuristics": Heuristics(**strip)})
        octets = encode_head(copy(page, subject, content(FILE)).head)
        return {each[:1] for each in ber.elements(ber.contents(octets))}

    bilateral, internal = b"\xa1", b"\x7e"
    assert {bilateral, internal} <= members({})
    assert bilateral not in members({"strip_bilateral_information": True})
    assert internal in members({"strip_bilateral_information": True})
    assert internal not in members({"strip_internal_trace_information": True})
    assert bilateral in members({"strip_internal_trace_information": True})
