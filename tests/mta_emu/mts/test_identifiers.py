"""MTS identifiers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import identifiers
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier, local_identifier
from mta_emu.mts.strings import PRINTABLE

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

#: [APPLICATION 4] { [APPLICATION 3] { C US, A " ", P Contoso }, IA5String "A-1" }
OCTETS = bytes.fromhex("641b 6314 6104 1302 5553 6203 1301 20 1307 436f6e746f736f 1603 412d31")
IDENTIFIER = MtsIdentifier(GlobalDomain("US", " ", "Contoso"), "A-1")


def test_golden_octets() -> None:
    assert identifiers.encode(IDENTIFIER) == OCTETS
    assert identifiers.decode(OCTETS) == IDENTIFIER
    assert str(IDENTIFIER) == "[C=US;A= ;P=Contoso;A-1]"


@given(st.from_type(MtsIdentifier))
def test_identifiers_survive_the_wire(sent: MtsIdentifier) -> None:
    octets = identifiers.encode(sent)
    came = identifiers.decode(octets)
    assert came == sent
    assert came.octets == octets
    assert identifiers.encode(came) == octets


@pytest.mark.parametrize(
    ("name", "local"),
    [
        ("A", "A-260101120000Z-7"),
        ("SIXTEEN-NAME-015", "SIXTEEN-NAME-015-260101120000Z-7"),  # 32 characters
        ("SEVENTEEN-NAME-16", "SEVENTEEN-"),
        ("MTA_1", "MTA1"),
    ],
)
def test_a_short_printable_name_stands_in_it(name: str, local: str) -> None:
    assert local_identifier(name, NOON, 7).startswith(local)


names = st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20), min_size=1, max_size=64)


@given(names, st.integers(1, 10**9), st.integers(1, 5000))
def test_local_identifiers_are_printable_and_of_32_characters_at_most(
    name: str, count: int, part: int
) -> None:
    local = local_identifier(name, NOON, count, part)
    assert set(local) <= PRINTABLE
    assert len(local) <= 32
    end = f"-260101120000Z-{count}"
    assert local.endswith(end if part == 1 else f"{end}.{part}")


@given(names, names, st.integers(1, 10**9))
def test_two_mtas_have_no_identifier_in_common(one: str, other: str, count: int) -> None:
    same = local_identifier(one, NOON, count) == local_identifier(other, NOON, count)
    assert same == (one == other)


def test_long_names_that_end_alike_and_names_that_print_alike_differ() -> None:
    for one, other in (
        ("LONDON-EXCHANGE-CONNECTOR-SERVER-1", "BERLIN-EXCHANGE-CONNECTOR-SERVER-1"),
        ("MTA_1", "MTA1"),
        ("MTA_1", "MTA*1"),
    ):
        assert local_identifier(one, NOON, 1) != local_identifier(other, NOON, 1)
