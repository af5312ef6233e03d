"""Messages and probes as users submit them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mta_emu.mta.dispatch.submission import Submission
from mta_emu.mts import directoryname, envelope, ipm, probe
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import StandardExtension
from mta_emu.mts.fields import EncodedInformationType, encoded_information_types
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.files import ATTACHMENT_APPLICATION, TNEF_APPLICATION, File
from mta_emu.mts.ipm.heading import Heading, Importance, Sensitivity
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Recipient, Requests
from mta_emu.mts.ipm.text import GeneralText, IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import Pieces
from mta_emu.mts.probe import Probe

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
A, B = ORAddress.parse(JONES), ORAddress.parse(SMITH)
IDENTIFIER = MtsIdentifier(GlobalDomain("US", " "), "A-1")


def submission(**fields: Any) -> Submission:
    return Submission.parse({"from": JONES, "to": [SMITH], **fields}, NOON)


def message(pieces: Pieces) -> InterpersonalMessage:
    found = ipm.decode(b"".join(map(bytes, pieces)))
    assert isinstance(found, InterpersonalMessage)
    assert found.problems == ()
    return found


def heading(**fields: Any) -> Heading:
    _, pieces = submission(**fields).compose(1, IDENTIFIER)
    return message(pieces).heading


def octets(**fields: Any) -> bytes:
    """The envelope as it goes on the wire."""
    sent, _ = submission(**fields).compose(1, IDENTIFIER)
    return probe.encode(sent) if isinstance(sent, Probe) else envelope.encode(sent)


USER = ORDescriptor(A, "J\xf6 Jones")


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        pytest.param({}, {}, marks=pytest.mark.element("IP-message identification")),
        pytest.param(
            {"from": f"J\xf6 Jones <{JONES}>"},
            {"originator": USER},
            marks=pytest.mark.element("originator indication"),
        ),
        pytest.param(
            {"subject": "Gr\xfc\xdfe"},
            {"subject": "Gr\xfc\xdfe"},
            marks=pytest.mark.element("subject indication"),
        ),
        pytest.param(
            {"to": [SMITH, JONES], "cc": [JONES]},
            {
                "recipients": (Recipient.of(B), Recipient.of(A)),
                "copy_recipients": (Recipient.of(A),),
            },
            marks=pytest.mark.element("primary and copy recipients indication"),
        ),
        pytest.param(
            {"importance": "high"},
            {"importance": Importance.HIGH},
            marks=pytest.mark.element("importance indication"),
        ),
        pytest.param(
            {"sensitivity": "company-confidential"},
            {"sensitivity": Sensitivity.COMPANY_CONFIDENTIAL},
            marks=pytest.mark.element("sensitivity indication"),
        ),
        pytest.param(
            {"in_reply_to": f"7 of {SMITH}"},
            {"replied_to": IpmIdentifier("7", B)},
            marks=pytest.mark.element("replying IP-message indication"),
        ),
        pytest.param(
            {"obsoletes": ["7", "8"]},
            {"obsoleted": (IpmIdentifier("7"), IpmIdentifier("8"))},
            marks=pytest.mark.element("obsoleting indication"),
        ),
        pytest.param(
            {"related_to": ["7"]},
            {"related": (IpmIdentifier("7"),)},
            marks=pytest.mark.element("cross-referencing indication"),
        ),
        pytest.param(
            {"reply_by": "2026-01-01T13:00:00+01:00", "reply_to": [JONES], "reply_requested": True},
            {
                "reply_time": NOON,
                "reply_recipients": (ORDescriptor(A),),
                "recipients": (Recipient(ORDescriptor(B), reply_requested=True),),
            },
            marks=pytest.mark.element("reply request indication"),
        ),
        pytest.param(
            {"expires": "2026-01-01T12:00:00Z"},
            {"expiry_time": NOON},
            marks=pytest.mark.element("expiry date indication"),
        ),
        pytest.param(
            {"auto_forwarded": True},
            {"auto_forwarded": True},
            marks=pytest.mark.element("auto-forwarded indication"),
        ),
        pytest.param(
            {"authorized_by": [f"Boss <{SMITH}>"]},
            {"authorizing_users": (ORDescriptor(B, "Boss"),)},
            marks=pytest.mark.element("authorizing users indication"),
        ),
        pytest.param(
            {"languages": ["en", "de"]},
            {"languages": ("en", "de")},
            marks=pytest.mark.element("language indication"),
        ),
        pytest.param(
            {"receipt": True},
            {"recipients": (Recipient.of(B, Requests.RECEIPT | Requests.NON_RECEIPT),)},
            marks=pytest.mark.element("receipt notification request indication"),
        ),
        pytest.param(
            {"non_receipt": True},
            {"recipients": (Recipient.of(B, Requests.NON_RECEIPT),)},
            marks=pytest.mark.element("non-receipt notification request indication"),
        ),
    ],
)
def test_what_readers_see(asked: dict[str, Any], fields: dict[str, Any]) -> None:
    plain: dict[str, Any] = {
        "identifier": IpmIdentifier("A-1", A),
        "originator": ORDescriptor(A),
        "recipients": (Recipient.of(B),),
    }
    assert heading(**asked) == Heading(**plain | fields)


@pytest.mark.element("blind copy recipient indication")
def test_a_blind_copy_is_a_message_of_its_own_about_the_same_ipm() -> None:
    wanted = submission(cc=[JONES], bcc=[SMITH])
    head, pieces = wanted.compose(1, IDENTIFIER)
    assert [each.address for each in head.recipients] == [B, A]
    assert message(pieces).heading.blind_copy_recipients == ()
    other = MtsIdentifier(IDENTIFIER.domain, "A-2")
    blind, copy = wanted.compose(1, other, "A-1", wanted.blind[0])
    assert [each.address for each in blind.recipients] == [B]
    read = message(copy).heading
    assert read.blind_copy_recipients == (Recipient.of(B),)
    assert read.identifier == message(pieces).heading.identifier
    assert read.copy_recipients == (Recipient.of(A),)


@pytest.mark.parametrize(
    ("subject", "count", "expected"),
    [
        ("Hi", 1, ["Hi"]),
        ("Hi", 2, ["Hi (1 of 2)", "Hi (2 of 2)"]),
        ("", 2, ["1 of 2", "2 of 2"]),
        ("x" * 128, 2, ["x" * 119 + " (1 of 2)", "x" * 119 + " (2 of 2)"]),
    ],
)
def test_several_messages_are_numbered(subject: str, count: int, expected: list[str]) -> None:
    wanted = submission(subject=subject, count=count)
    found = [message(wanted.compose(n, IDENTIFIER)[1]).subject for n in range(1, count + 1)]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "part", "types"),
    [
        ("Hi", IA5Text("Hi"), encoded_information_types(EncodedInformationType.IA5_TEXT)),
        (
            "100 \u20ac",
            GeneralText("100 \u20ac"),
            encoded_information_types(
                extended=("1.0.10021.7.1.0.1", "1.0.10021.7.1.0.6", "1.0.10021.7.1.0.203")
            ),
        ),
    ],
)
@pytest.mark.element("general text body part")
@pytest.mark.element("typed body")
def test_text_travels_in_the_part_that_has_its_characters(
    text: str, part: IA5Text | GeneralText, types: bytes
) -> None:
    head, pieces = submission(text=text).compose(1, IDENTIFIER)
    assert message(pieces).body == (part,)
    assert head.encoded_information_types == types


@pytest.mark.element("file transfer body part")
@pytest.mark.element("multi-part body")
def test_files_name_the_application_as_exchange_does() -> None:
    wanted = submission(
        text="x",
        rich_text="{\\rtf1 x}",
        files=[{"name": "a", "length": 1}, {"name": "b", "length": 2}],
    )
    _, pieces = wanted.compose(1, IDENTIFIER)
    assert [each for each in pieces if isinstance(each, range)] == [range(1), range(1, 3)]
    here = b"".join(each if isinstance(each, bytes) else bytes(len(each)) for each in pieces)
    found = [part for part in message((here,)).body if isinstance(part, File)]
    assert [(each.name, each.application) for each in found] == [
        ("winmail.dat", TNEF_APPLICATION),
        ("a", ATTACHMENT_APPLICATION),
        ("b", ATTACHMENT_APPLICATION),
    ]


def test_a_probe_has_the_length_of_what_it_asks_about() -> None:
    asked, pieces = submission(probe=True, text="Hi").compose(1, IDENTIFIER)
    assert isinstance(asked, Probe)
    message_, same = submission(text="Hi").compose(1, IDENTIFIER)
    assert isinstance(message_, Envelope)
    assert asked.content_length == sum(map(len, pieces)) == sum(map(len, same))


@pytest.mark.parametrize(
    ("asked", "indicators"),
    [
        # per-message-indicators [APPLICATION 8] BIT STRING of 8 bits: bit 0 discloses the
        # recipients, bit 1 prohibits implicit conversion, bit 2 allows an alternate recipient
        ({"disclose_recipients": True}, "48 02 00 80"),
        pytest.param(
            {"prohibit": ["conversion"]},
            "48 02 00 40",
            marks=pytest.mark.element("conversion prohibition"),
        ),
        ({"alternate_allowed": True, "prohibit": ["conversion"]}, "48 02 00 60"),
    ],
)
@pytest.mark.parametrize("asks", [False, True], ids=["message", "probe"])
def test_what_the_originator_allows_is_indicated(
    asks: bool, asked: dict[str, Any], indicators: str
) -> None:
    assert bytes.fromhex(indicators) in octets(**asked, probe=asks)


@pytest.mark.parametrize(
    ("word", "number"), [("loss", "04"), ("expansion", "03"), ("reassignment", "01")]
)
@pytest.mark.parametrize("asks", [False, True], ids=["message", "probe"])
def test_what_the_originator_prohibits_is_an_extension(asks: bool, word: str, number: str) -> None:
    # { [0] number, criticality [1] for-delivery, value [2] ENUMERATED prohibited (1) }
    assert bytes.fromhex(f"300c 8001{number} 81020520 a203 0a0101") in octets(
        prohibit=[word], probe=asks
    )


def test_all_that_is_wished_goes_along() -> None:
    asked = submission(prohibit=["loss", "expansion"], deliver_within=60)
    sent, _ = asked.compose(1, IDENTIFIER)
    assert [each.kind for each in sent.extensions] == [
        StandardExtension.CONVERSION_WITH_LOSS_PROHIBITED,
        StandardExtension.DL_EXPANSION_PROHIBITED,
        StandardExtension.LATEST_DELIVERY_TIME,
    ]


def test_each_recipient_has_the_delivery_methods_wanted() -> None:
    sent = octets(to=[SMITH, JONES], delivery_methods=["physical", "mhs"])
    # { [0] 6, value [2] SEQUENCE { INTEGER physical, INTEGER mhs } }
    assert sent.count(bytes.fromhex("300d 800106 a208 3006 020102 020101")) == 2


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"to": ["C=US;S=x"]}, "the administration domain A is missing"),
        ({"from": "\u20ac <C=US;A= ;S=x>"}, r"'\u20ac' \(U\+20AC\) is not in T\.61"),
        ({"from": f"{'x' * 65} <{JONES}>"}, "has 65 characters, at most 64"),
        ({"in_reply_to": "a@b"}, "not a PrintableString"),
        ({"rich_text": "x"}, "must be RTF"),
        ({"prohibit": ["forwarding"]}, "conversion.*loss.*expansion.*reassignment"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        submission(**wrong).compose(1, IDENTIFIER)


def test_a_subject_that_t61_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"subject: '\u20ac' \(U\+20AC\) is not in T\.61"):
        submission(subject="100 \u20ac").compose(1, IDENTIFIER)


def test_exchanges_users_have_directory_names() -> None:
    """Q156716: O=organization, OU=site, CN=Recipients, CN=user."""
    wanted = submission().from_directory("Contoso", "Lab")
    head, pieces = wanted.compose(1, IDENTIFIER)
    name = head.originator.directory_name
    assert directoryname.to_text(name) == "CN=Jones,CN=Recipients,OU=Lab,O=Contoso"
    originator = message(pieces).heading.originator
    assert originator
    assert originator.formal_name == head.originator
    assert str(head.originator) == JONES
