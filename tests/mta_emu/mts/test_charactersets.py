"""Registered character sets."""

import pytest

from mta_emu.mts.charactersets import SETS, UNKNOWN, CharacterSet, find


@pytest.mark.parametrize("each", SETS.values(), ids=lambda each: f"{each.number} {each.name}")
def test_what_a_set_writes_it_reads(each: CharacterSet) -> None:
    if each.width > 1:
        characters = [chr(code) for code in (0x3042, 0x4E00, 0xAC00, 0x4E02)]
        written = {one: each.written(one) for one in characters}
        assert all(each.read(octets) == one for one, octets in written.items() if octets)
        assert any(written.values())
        return
    assert len(each.half) == 96
    assert UNKNOWN not in each.octets
    for character, octet in each.octets.items():
        assert each.half[octet - 0x20] == character
        assert each.written(character) in (bytes((octet,)), None)


@pytest.mark.parametrize("each", SETS.values(), ids=lambda each: str(each.number))
def test_an_escape_sequence_finds_it(each: CharacterSet) -> None:
    found = find(each.size, each.width, each.final)
    assert found
    assert found.name == each.name


@pytest.mark.parametrize(
    ("number", "character", "octets"),
    [
        (100, "\xe9", "69"),
        (126, "\u03b1", "61"),
        (144, "\u0416", "36"),
        (203, "\u20ac", "24"),
        (87, "\u65e5", "467c"),
        (149, "\uac00", "3021"),
        (58, "\u4e2d", "5650"),
        (159, "\u4e02", "3021"),
        (13, "\uff71", "31"),
    ],
)
def test_golden_octets(number: int, character: str, octets: str) -> None:
    assert SETS[number].written(character) == bytes.fromhex(octets)


def test_later_editions_are_not_the_registered_set() -> None:
    assert SETS[126].written("\N{EURO SIGN}") is None
    assert SETS[227].written("\N{EURO SIGN}") == b"$"
    assert SETS[149].written("\N{EURO SIGN}") is None


def test_octets_without_a_character() -> None:
    assert SETS[87].read(bytes.fromhex("467c 7e7e 467c")) == f"\u65e5{UNKNOWN}\u65e5"
    assert SETS[87].read(b"F") == UNKNOWN
