"""O/R addresses, X.402."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import oraddress
from mta_emu.mts.oraddress import ORAddress, closeness, matches
from mta_emu.osi.errors import ProtocolError

SMITH = ORAddress(
    country="US",
    administration_domain=" ",
    private_domain="Contoso",
    organization="Inside",
    surname="Smith",
    given_name="Jo",
    organizational_units=("Lab",),
)

word = st.text(string.ascii_letters + string.digits, min_size=1, max_size=10)
maybe = st.one_of(st.just(""), word)
addresses = st.builds(
    ORAddress,
    country=st.sampled_from(["US", "NO", "310"]),
    administration_domain=st.one_of(st.just(" "), word),
    private_domain=maybe,
    organization=maybe,
    common_name=maybe,
    surname=word,
    given_name=maybe,
    organizational_units=st.lists(word, max_size=4).map(tuple),
    domain_defined=st.lists(st.tuples(word.map(lambda w: w[:8]), word), max_size=2).map(tuple),
)


def test_golden_octets() -> None:
    """ORName: [APPLICATION 0] { standard attributes { C, A, P [2], O [3], name [5], OU [6] } }."""
    assert oraddress.encode(SMITH) == bytes.fromhex(
        "6034 3032 6104 1302 5553 6203 1301 20 a209 1307 436f6e746f736f"
        "8306 496e73696465 a50b 8005 536d697468 8102 4a6f a605 1303 4c6162"
    )


def test_text_form() -> None:
    text = "C=US;A= ;P=Contoso;O=Inside;OU1=Lab;S=Smith;G=Jo"
    assert str(SMITH) == text
    assert ORAddress.parse(text) == SMITH
    assert ORAddress.parse("c=US; admd= ;PRMD=Contoso;o=Inside;OU=Lab;s=Smith;g=Jo") == SMITH


@given(addresses)
def test_addresses_survive_text_and_wire(address: ORAddress) -> None:
    assert ORAddress.parse(str(address)) == address
    assert oraddress.decode(oraddress.encode(address)) == address


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Smith", "'Smith' is not KEYWORD=VALUE"),
        ("C=US;Z=1", "unknown keyword Z"),
        ("S=Smith", "the country C is missing"),
        ("C=US;O=" + "x" * 65, "O has 65 characters, at most 64"),
        ("C=US;O=a@b", "'@', not a PrintableString"),
        ("C=US;G=Jo", "need a surname"),
    ],
)
def test_wrong_text_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ORAddress.parse(text)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (ORAddress(), True),
        (ORAddress(country="us", private_domain="CONTOSO"), True),
        (ORAddress(organization="In*"), True),
        (ORAddress(organization="Out*"), False),
        (ORAddress(organization="*"), True),
        (ORAddress(organization="I*s*e"), True),
        (ORAddress(organization="I*x*e"), False),
        (ORAddress(organization="*side"), True),
        (ORAddress(organization="Insid."), False),
        (ORAddress(generation_qualifier="*"), True),
        (ORAddress(administration_domain=" "), True),
        (ORAddress(administration_domain="ATT"), False),
        (ORAddress(organizational_units=("lab",)), True),
        (ORAddress(organizational_units=("lab", "x")), False),
        (ORAddress(domain_defined=(("SMTP", "*"),)), True),
        (ORAddress(domain_defined=(("SMTP", "a"),)), False),
    ],
)
def test_patterns(pattern: ORAddress, expected: bool) -> None:
    assert matches(pattern, SMITH) is expected


@given(word, st.integers(0, 10), st.integers(0, 10))
def test_a_wildcard_stands_for_any_part(value: str, start: int, length: int) -> None:
    pattern = ORAddress(organization=value[:start] + "*" + value[start + length :])
    assert matches(pattern, ORAddress(organization=value))


def test_the_closer_of_two_patterns() -> None:
    from_far_to_near = [
        ORAddress(),
        ORAddress(country="*"),
        ORAddress(country="US"),
        ORAddress(country="US", surname="Smith"),
        ORAddress(country="US", organization="*"),
        ORAddress(country="US", organization="Inside", surname="Smith"),
        ORAddress(country="US", organization="Inside", organizational_units=("L*",)),
        ORAddress(country="US", organization="Inside", organizational_units=("Lab",)),
        ORAddress(country="US", private_domain="Contoso"),
    ]
    assert sorted(from_far_to_near, key=closeness) == from_far_to_near


def test_extension_attributes_that_are_unknown_survive() -> None:
    address = ORAddress(country="US", extension_attributes=((22, bytes.fromhex("130131")),))
    assert oraddress.decode(oraddress.encode(address)) == address


@given(st.binary(max_size=60))
def test_whatever_comes_is_an_address_or_a_protocol_error(octets: bytes) -> None:
    try:
        oraddress.decode(octets)
    except ProtocolError:
        return
