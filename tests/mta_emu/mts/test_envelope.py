"""Message transfer envelopes."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import envelope as envelopes
from mta_emu.mts import oraddress
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import EXCHANGE_CONTENTS
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

DOMAIN = GlobalDomain("US", " ", "Contoso")
JONES = ORAddress(country="US", surname="Jones")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENVELOPE = Envelope(MtsIdentifier(DOMAIN, "A-1"), JONES, (Recipient(JONES),))


@given(st.from_type(Envelope))
def test_envelopes_survive_the_wire(envelope: Envelope) -> None:
    octets = envelopes.encode(envelope)
    came = envelopes.decode(octets)
    assert came == envelope
    assert envelopes.encode(came) == octets


def test_golden_parts() -> None:
    octets = envelopes.encode(ENVELOPE)
    # [APPLICATION 4] { [APPLICATION 3] { C US, A " ", P Contoso }, "A-1" }
    identifier = "641b 6314 6104 1302 5553 6203 1301 20 1307 436f6e746f736f 1603 412d31"
    assert bytes.fromhex(identifier) in octets
    assert bytes.fromhex("46 01 16") in octets  # [APPLICATION 6] 22, interpersonal 1988
    assert bytes.fromhex("81 02 00 a8") in octets  # responsible, non-delivery reports: 10101000
    # OBJECT IDENTIFIER 1.2.840.113556.5.1, MDBEF
    exchange = replace(ENVELOPE, content_type=EXCHANGE_CONTENTS)
    assert bytes.fromhex("06 08 2a864886f7140501") in parts(envelopes.encode(exchange))
    assert envelopes.decode(envelopes.encode(exchange)).content_type == EXCHANGE_CONTENTS
    assert b"\x47" not in octets[:2]  # priority normal is the default


def endless(identifier: str, *parts: bytes) -> bytes:
    """A value of indefinite length."""
    return bytes.fromhex(identifier) + b"\x80" + b"".join(parts) + b"\x00\x00"


def long(identifier: str, *parts: bytes) -> bytes:
    """A value whose length is in the long form though it need not be."""
    contents = b"".join(parts)
    return bytes.fromhex(identifier) + b"\x82" + len(contents).to_bytes(2, "big") + contents


def short(identifier: str, *parts: bytes) -> bytes:
    return ber.tlv(bytes.fromhex(identifier), b"".join(parts))


COUNTRY = short("61", short("13", b"US"))
GDI = endless("63", COUNTRY, long("62", short("13", b" ")))
NAME = long("60", short("30", COUNTRY, short("a5", long("80", b"Jones"))))
EXTENSION = endless("30", short("80", b"?"), short("81", b"\x05\x20"), endless("a2", b"\x05\x00"))
TRACE = endless("30", GDI, endless("31", short("82", b"\0"), long("80", b"990101000000Z")))
UNKNOWN = long("9e", b"?")


def recipient(number: bytes, indicators: bytes) -> bytes:
    return endless(
        "31",
        long("81", b"\x00", indicators, b"\x80"),  # 16 bits, of which the standard has 8
        short("9f2a", b"unknown"),
        short("80", number),
        NAME,
        long("a3", EXTENSION),
    )


#: An envelope as another MTA may write it: its own order, its own forms of lengths, and members
#: and extensions of versions to come.
FOREIGN = endless(
    "31",
    long("a3", EXTENSION),
    UNKNOWN,
    endless("64", GDI, long("16", b"X-1")),
    NAME,
    long("46", b"\x16"),
    short("47", b"\0"),  # normal priority, which is the default
    endless("69", TRACE),
    endless("a2", recipient(b"\x01", b"\xa8"), recipient(b"\x02", b"\xa9")),
    long("48", b"\x04\x10"),
)


def parts(octets: bytes) -> list[bytes]:
    return ber.elements(ber.contents(octets))


def test_what_comes_is_written_as_it_came() -> None:
    assert envelopes.encode(envelopes.decode(FOREIGN)) == FOREIGN


def test_a_relay_touches_only_trace_and_responsibility() -> None:
    envelope = envelopes.decode(FOREIGN)
    relayed = envelopes.encode(
        envelope.passed(DOMAIN, "ME", NOON).for_recipients({envelope.recipients[1].key})
    )
    came, went = parts(FOREIGN), parts(relayed)
    touched = [number for number, element in enumerate(came) if went[number] != element]
    assert [came[number][:1].hex() for number in touched] == ["a3", "69", "a2"]
    assert len(went) == len(came)
    stamp = short("31", short("80", b"260101120000Z"), short("82", b"\0"))
    here = bytes.fromhex("6314 6104 1302 5553 6203 1301 20 1307 436f6e746f736f")
    assert parts(went[6]) == [TRACE, short("30", here, stamp)]
    internal = short("30", short("30", here, short("16", b"ME"), stamp))
    kept, new = parts(went[0])
    assert kept == EXTENSION
    assert new == short("30", short("80", b"\x26"), short("a2", internal))  # extension 38
    first, second = parts(went[7])
    assert second == recipient(b"\x02", b"\xa9")
    assert parts(first)[0] == bytes.fromhex("8103 00 2880")  # no longer responsible
    assert parts(first)[1:] == parts(second)[1:2] + parts(recipient(b"\x01", b"\xa8"))[2:]


@pytest.mark.element("designation of recipient by directory name", "carried")
def test_a_directory_name_goes_on_with_the_address() -> None:
    # ORName { { country US }, directory-name [0] { RDN: 2.5.4.3, common name, "Jo" } }
    directory = "300d 310b 3009 0603550403 13024a6f"
    name = bytes.fromhex(f"6019 3006 6104 1302 5553 a00f {directory}")
    envelope = replace(ENVELOPE, recipients=(Recipient(oraddress.decode(name)),))
    went = envelopes.decode(envelopes.encode(envelope).replace(b"A-1", b"A-2"))
    assert went.recipients[0].address.directory_name == bytes.fromhex(directory)
    assert name in envelopes.encode(went.passed(DOMAIN, "ME", NOON).for_recipients(()))


@given(st.from_type(Envelope))
def test_relaying_is_the_same_for_what_came_and_what_was_made_here(envelope: Envelope) -> None:
    made, came = envelope, envelopes.decode(envelopes.encode(envelope))
    wanted = {envelope.recipients[0].key}
    passed = [each.passed(DOMAIN, "ME", NOON).for_recipients(wanted) for each in (made, came)]
    assert passed[0] == passed[1] == envelopes.decode(envelopes.encode(passed[1]))


@pytest.mark.parametrize(
    ("octets", "complaint"),
    [
        (short("31", NAME, NAME), "originator-name is there twice"),
        (short("31", NAME), "a mandatory member is missing"),
        (short("31", short("a2")), "per-recipient-fields: no recipient"),
        (short("31", short("47", b"\x07")), "priority: 7 is not a valid Priority"),
    ],
)
def test_wrong_envelopes_are_named(octets: bytes, complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        envelopes.decode(octets)


@given(st.binary(max_size=80))
def test_whatever_comes_is_an_envelope_or_a_protocol_error(octets: bytes) -> None:
    with suppress(ProtocolError):
        envelopes.decode(octets)
