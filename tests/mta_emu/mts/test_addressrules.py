"""What an O/R address may be."""

from dataclasses import replace

import pytest

from mta_emu.mts.addressrules import check, check_pattern, faults
from mta_emu.mts.oraddress import ORAddress
from tests.shared import shared

SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"country": ""}, "the country C is missing"),
        ({"country": "USA"}, "C=USA is no country: two letters of ISO 3166, or three digits"),
        ({"country": "84"}, "C=84 is no country"),
        ({"country": "ZQ"}, "C=ZQ is no country"),
        ({"country": "USAX"}, "C has 4 characters, at most 3"),
        ({"administration_domain": ""}, "the administration domain A is missing"),
        ({"administration_domain": "x" * 17}, "A has 17 characters, at most 16"),
        ({"administration_domain": "\xfc"}, "A has '\xfc', not a PrintableString"),
        ({"network_address": "12a"}, "X.121 has 'a', and is a NumericString"),
        ({"numeric_user_identifier": "12a"}, "N-ID has 'a', and is a NumericString"),
        ({"terminal_identifier": "x" * 25}, "T-ID has 25 characters, at most 24"),
        ({"organization": "x" * 65}, "O has 65 characters, at most 64"),
        ({"organization": "a@b"}, "O has '@', not a PrintableString"),
        ({"organization": "a\nb"}, r"O has '\\n', not a PrintableString"),
        ({"common_name": "x" * 65}, "CN has 65 characters, at most 64"),
        ({"surname": "x" * 41}, "S has 41 characters, at most 40"),
        ({"surname": "\u20ac"}, "S has '\u20ac', not a PrintableString, nor in T.61"),
        ({"surname": "", "given_name": "Jo"}, "G, I and Q need a surname S"),
        ({"given_name": "x" * 17}, "G has 17 characters, at most 16"),
        ({"initials": "x" * 6}, "I has 6 characters, at most 5"),
        ({"generation_qualifier": "x" * 4}, "Q has 4 characters, at most 3"),
        ({"organizational_units": ("a",) * 5}, "5 organizational units OU: at most 4"),
        ({"organizational_units": ("x" * 33,)}, "OU1 has 33 characters, at most 32"),
        ({"organizational_units": ("", "b")}, "OU1 is empty"),
        ({"domain_defined": (("A", "1"),) * 5}, "5 attributes DDA: at most 4"),
        ({"domain_defined": (("x" * 9, "1"),)}, "a type of DDA has 9 characters, at most 8"),
        ({"domain_defined": (("A", "x" * 129),)}, "DDA:A has 129 characters, at most 128"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        check(replace(SMITH, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "C=US;A= ;P=Contoso;S=Smith",
        "C=310;A=400;N-ID=12 34",
        "C=XX;A=ICAO;P=Contoso;O=EGLL;OU1=EGLL;CN=EGLLZTZX",
        "X.121=31012345678;T-ID=x",  # a terminal, whose address needs no domain
        "C=DE;A=dbp;P=x;S=M\xfcller;G=J\xf6rg;OU1=B\xfcro;CN=\xdc",
        "C=US;A= ;DDA:A=1;DDA:B=2;DDA:C=3;DDA:D=4",
    ],
)
def test_what_is_right(address: str) -> None:
    assert list(faults(ORAddress.parse(address))) == []


def test_what_was_accepted_is_refused() -> None:
    """Each was sent on as something else."""
    lines = shared("faults/07-or-address-text-is-not-checked/addresses.txt").read_text()
    for line in lines.splitlines():
        with pytest.raises(ValueError, match="O/R address "):
            ORAddress.parse(line.partition("->")[0].strip())


@pytest.mark.parametrize(
    "pattern",
    [
        ORAddress(),
        ORAddress(country="*"),
        ORAddress(country="US", organization="In*"),
        ORAddress(organizational_units=("*", "Lab")),
        ORAddress(given_name="Jo"),
    ],
)
def test_patterns(pattern: ORAddress) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (ORAddress(country="USA"), "no country"),
        (ORAddress(organization="a@*"), "'@', not a PrintableString"),
        (ORAddress(surname="x" * 41), "at most 40"),
        (ORAddress(organizational_units=("",)), "OU1 is empty"),
    ],
)
def test_wrong_patterns(pattern: ORAddress, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        check_pattern(pattern)
