"""Users and messages as a message names them."""

import pytest

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Recipient, Requests
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.errors import ProtocolError

US = ORAddress(country="US")
NAME = "6008 3006 6104 1302 5553"


@pytest.mark.parametrize(
    ("octets", "identifier", "text"),
    [
        (f"6b0d {NAME} 130131", IpmIdentifier("1", US), "1 of C=US"),
        (f"6b0d 130131 {NAME}", IpmIdentifier("1", US), "1 of C=US"),
        ("6b03 130131", IpmIdentifier("1"), "1"),  # MAILbus 400, and P2 of 1984
        ("6b03 140131", IpmIdentifier("1"), "1"),  # of another string type
        ("a503 130131", IpmIdentifier("1"), "1"),  # as a field of its own
    ],
)
def test_identifiers(octets: str, identifier: IpmIdentifier, text: str) -> None:
    assert IpmIdentifier.read(bytes.fromhex(octets)) == identifier
    assert str(identifier) == text


@pytest.mark.parametrize("octets", ["6b03 130131", f"6b0d 130131 {NAME}"])
def test_identifiers_are_written_as_they_came(octets: str) -> None:
    """A notification repeats what the message had, with its user or without (Q152952)."""
    came = bytes.fromhex(octets)
    assert MTS.encode("IPMIdentifier", IpmIdentifier.read(came).to_asn1()) == came


def test_an_identifier_of_nothing() -> None:
    with pytest.raises(ProtocolError, match="without the user's part"):
        IpmIdentifier.read(bytes.fromhex("6b00"))


@pytest.mark.parametrize(
    ("octets", "descriptor", "text"),
    [
        (f"310a {NAME}", ORDescriptor(US), "C=US"),
        ("310a 8008 4a6f204a6f6e6573", ORDescriptor(None, "Jo Jones"), "Jo Jones"),
        (
            f"3119 {NAME} 8006 4d c875 6c6c65 8105 2b31 353535",
            ORDescriptor(US, "M\xfclle", "+1555"),
            "M\xfclle <C=US>, tel. +1555",
        ),
        ("3103 8101 35", ORDescriptor(telephone_number="5"), "tel. 5"),
        ("3100", ORDescriptor(), ""),
    ],
)
def test_descriptors(octets: str, descriptor: ORDescriptor, text: str) -> None:
    came = bytes.fromhex(octets)
    assert ORDescriptor.read(came) == descriptor
    assert str(descriptor) == text
    assert MTS.encode("ORDescriptor", descriptor.to_asn1()) == came


def test_a_user_with_a_directory_name_alone() -> None:
    # ORName { standard attributes { }, [0] { { CN = Jo } } }
    name = "6013 3000 a00f 300d 310b 3009 0603 550403 1302 4a6f"
    user = ORDescriptor.read(bytes.fromhex(f"3115 {name}"))
    assert str(user) == "CN=Jo"
    odd = ORDescriptor(ORAddress(directory_name=b"\x05"))
    assert str(odd) == ""


@pytest.mark.parametrize(
    ("text", "descriptor"),
    [
        ("C=US;A= ;S=x", ORDescriptor(ORAddress.parse("C=US;A= ;S=x"))),
        ("J\xf6 <C=US;A= ;S=x>", ORDescriptor(ORAddress.parse("C=US;A= ;S=x"), "J\xf6")),
        (" <C=US;A= ;S=x> ", ORDescriptor(ORAddress.parse("C=US;A= ;S=x"))),
    ],
)
def test_what_people_write(text: str, descriptor: ORDescriptor) -> None:
    assert ORDescriptor.parse(text) == descriptor
    assert ORDescriptor.parse(str(descriptor)) == descriptor


def test_identifiers_that_people_write() -> None:
    address = ORAddress.parse("C=US;A= ;S=x")
    for text, identifier in (
        ("7", IpmIdentifier("7")),
        ("7 of C=US;A= ;S=x", IpmIdentifier("7", address)),
    ):
        assert IpmIdentifier.parse(text) == identifier
        assert str(identifier) == text
    for wrong in ("", "a@b", "7 of nobody"):
        with pytest.raises(ValueError, match=r"PrintableString|KEYWORD"):
            IpmIdentifier.parse(wrong)


@pytest.mark.parametrize(
    ("octets", "recipient"),
    [
        (f"310c a00a {NAME}", Recipient.of(US)),
        (f"3110 a00a {NAME} 8102 05c0", Recipient.of(US, Requests.RECEIPT | Requests.NON_RECEIPT)),
        (
            f"3113 a00a {NAME} 8102 0520 8201 ff",
            Recipient(ORDescriptor(US), Requests.IPM_RETURN, True),
        ),
    ],
)
def test_recipients(octets: str, recipient: Recipient) -> None:
    came = bytes.fromhex(octets)
    assert Recipient.read(came) == recipient
    assert MTS.encode("RecipientSpecifier", recipient.to_asn1()) == came


def test_a_recipient_without_a_name() -> None:
    with pytest.raises(ProtocolError, match="without a name"):
        Recipient.read(bytes.fromhex("3100"))
