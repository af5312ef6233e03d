"""O/R addresses, X.402."""

import string
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import oraddress
from mta_emu.mts.oraddress import ORAddress, closeness, matches
from mta_emu.osi.errors import ProtocolError
from tests.scaling import assert_linear

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
        ("C=US;A= ;G=Jo", "need a surname"),
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


#: A recipient whose name is in teletex form alone: type 4, { surname [0] "Mu"ller" }.
MUELLER = bytes.fromhex(
    "602f 3019 6104 1302 5553 6203 1301 20 a209 1307 436f6e746f736f 8301 42"
    " 3112 3010 8001 04 a10b 3109 8007 4d c875 6c6c6572"
)


def test_teletex_names_are_shown_and_matched() -> None:
    """../shared/faults/11: it was shown without its name."""
    address = oraddress.decode(MUELLER)
    assert str(address) == "C=US;A= ;P=Contoso;O=B;S=M\xfcller"
    assert matches(ORAddress(surname="m\xfc*"), address)
    assert not matches(ORAddress(surname="Smith"), address)
    assert oraddress.encode(address) == MUELLER
    assert oraddress.encode(ORAddress.parse(str(address))) == MUELLER


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("CN=\xdc", "310b 3009 8001 02 a104 1402 c855"),
        ("O=\xdc", "310b 3009 8001 03 a104 1402 c855"),
        ("OU1=a;OU2=\xdc", "3110 300e 8001 05 a109 3007 1401 61 1402 c855"),
        ("DDA:x=\xdc", "3112 3010 8001 06 a10b 3009 3007 1401 78 1402 c855"),
        (
            "S=\xdc;G=a;I=b;Q=c",
            "3116 3014 8001 04 a10f 310d 8002 c855 8101 61 8201 62 8301 63",
        ),
    ],
)
def test_golden_teletex_forms(text: str, extension: str) -> None:
    address = ORAddress.parse(f"C=US;A= ;{text}")
    octets = oraddress.encode(address)
    assert octets.endswith(bytes.fromhex(extension))
    assert oraddress.decode(octets) == address
    assert address.needs_1988


def test_both_forms_of_a_name_stand_for_it() -> None:
    teletex = (4, bytes.fromhex("3109 8007 4d c875 6c6c6572"))
    address = replace(SMITH, surname="Mueller", extension_attributes=(teletex,))
    read = oraddress.decode(oraddress.encode(address))
    assert read == address
    assert str(read).endswith("S=Mueller;G=Jo")
    for surname in ("Mueller", "M\xfcller", "m*ller"):
        assert matches(ORAddress(surname=surname), read)
    assert not matches(ORAddress(surname="Smith"), read)


def test_octets_above_127_in_a_printable_string_are_read_and_kept() -> None:
    octets = oraddress.encode(SMITH).replace(b"Smith", b"Sm\xeeth")
    read = oraddress.decode(octets)
    assert read.surname == "Sm\xeeth"
    assert oraddress.encode(read) == octets
    changed = oraddress.encode(replace(read, given_name=""))
    assert oraddress.decode(changed).surname == "Sm\xeeth"  # as T.61 has it


@pytest.mark.parametrize("value", ["", "05", "0500", "310b8007", "3002 0500", "3109 9f2100"])
def test_odd_teletex_forms_are_carried(value: str) -> None:
    attribute = (4, bytes.fromhex(value) or b"\x05\x00")
    address = replace(SMITH, extension_attributes=(attribute,))
    assert address.teletex == {}
    assert matches(ORAddress(surname="Smith"), address)


def test_what_1984_has_a_place_for() -> None:
    assert not SMITH.needs_1988
    assert not replace(SMITH, common_name="x").needs_1988
    assert replace(SMITH, extension_attributes=((22, b"\5\0"),)).needs_1988


def test_extension_attributes_that_are_unknown_survive() -> None:
    address = ORAddress(country="US", extension_attributes=((22, bytes.fromhex("130131")),))
    assert oraddress.decode(oraddress.encode(address)) == address


@given(st.binary(max_size=60))
def test_whatever_comes_is_an_address_or_a_protocol_error(octets: bytes) -> None:
    try:
        oraddress.decode(octets)
    except ProtocolError:
        return


@pytest.mark.parametrize("read", [oraddress.encode, lambda address: address.needs_1988])
def test_domain_defined_attributes_cost_linear_time(read: Callable[[ORAddress], object]) -> None:
    """One address with 80 000 of them held all that is done on a thread for 100 s."""

    def many(size: int) -> ORAddress:
        return ORAddress(country="US", domain_defined=(("T", "v"),) * size)

    assert_linear(read, many)
