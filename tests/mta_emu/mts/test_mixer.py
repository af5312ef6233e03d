"""MIXER addresses, RFC 2156."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import mixer
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.strings import PRINTABLE

HOME = ORAddress.parse("C=US;A= ;P=Contoso")
GATEWAY = "gateway.example"

EXAMPLES = [
    (
        "C=US;A= ;P=Contoso;O=Inside;OU1=Lab;S=Smith;G=Jo",
        "/C=US/ADMD= /PRMD=Contoso/O=Inside/OU1=Lab/S=Smith/G=Jo/",
    ),
    ("C=US;A=a/b=c;S=X;Q=Jr", "/C=US/ADMD=a$/b$=c/S=X/GQ=Jr/"),
    ("C=US;A=X;N-ID=7;DDA:fax=+1", "/C=US/ADMD=X/UA-ID=7/DD.fax=+1/"),
]


@pytest.mark.parametrize(("address", "text"), EXAMPLES)
def test_text(address: str, text: str) -> None:
    assert mixer.to_text(ORAddress.parse(address)) == text
    assert mixer.from_text(text) == ORAddress.parse(address)


def test_what_people_write() -> None:
    address = ORAddress.parse("C=US;A= ;P=Contoso;S=Smith")
    assert mixer.from_text("/C=US/A= /P=Contoso/S=Smith/") == address


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("smith", "begins and ends with /"),
        ("/C=US/S=Smith", "begins and ends with /"),
        ("/C=US/S=Smith$/", "begins and ends with /"),
        ("/C=US/Smith/", "not KEYWORD=VALUE"),
        ("/C=US/ADMD= /S=a;b/", "S has ';', not a PrintableString"),
        ("/C=US/COLOUR=red/", "unknown keyword"),
        ("/S=Smith/", "the country C is missing"),
        ("/C=US/S=Sm_ith/", "not a PrintableString"),
    ],
)
def test_wrong_text(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        mixer.from_text(text)


value = st.text(st.sampled_from(sorted(PRINTABLE)), min_size=1, max_size=12)
addresses = st.builds(
    ORAddress,
    country=st.just("US"),
    administration_domain=value,
    private_domain=value,
    organization=value,
    surname=value,
    given_name=value,
    generation_qualifier=st.just("Jr"),
    organizational_units=st.lists(value, max_size=4).map(tuple),
    domain_defined=st.lists(
        st.tuples(st.sampled_from(["fax", "UNIX", "x"]), value), max_size=2
    ).map(tuple),
)


@given(addresses)
def test_every_address_comes_back(address: ORAddress) -> None:
    assert mixer.from_text(mixer.to_text(address)) == address
    local, domain = mixer.to_mailbox(address, GATEWAY)
    assert mixer.from_mailbox(local, domain, GATEWAY.upper(), HOME) == address


@given(st.text(st.characters(max_codepoint=255)))
def test_printable_strings_come_back(text: str) -> None:
    printable = mixer.to_printable(text)
    assert set(printable) <= PRINTABLE
    assert mixer.from_printable(printable) == text


def test_escapes() -> None:
    assert mixer.to_printable('jo_b(1)%x!y"z@lab.example#') == (
        "jo(u)b(l)1(r)(p)x(b)y(q)z(a)lab.example(035)"
    )


def test_internet_addresses() -> None:
    address = mixer.from_mailbox("jo_b", "lab.example", GATEWAY, HOME)
    assert str(address) == "C=US;A= ;P=Contoso;DDA:RFC-822=jo(u)b(a)lab.example"
    assert mixer.to_mailbox(address, GATEWAY) == ("jo_b", "lab.example")


@pytest.mark.parametrize("local", ["smith", "/C=US/"[:-1]])
def test_an_address_at_the_gateway_is_an_or_address(local: str) -> None:
    with pytest.raises(ValueError, match="begins and ends with /"):
        mixer.from_mailbox(local, GATEWAY, GATEWAY, HOME)


def test_characters_without_a_place() -> None:
    with pytest.raises(ValueError, match="no place in a PrintableString"):
        mixer.from_mailbox("jö€", "lab.example", GATEWAY, HOME)
