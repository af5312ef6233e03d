"""Compiled .asn modules are kept, and never out of date."""

from pathlib import Path

import asn1tools
import pytest

from mta_emu.osi import asn1
from mta_emu.osi.errors import ProtocolError

NOTATION = "M DEFINITIONS ::= BEGIN A ::= INTEGER END"
OTHER = "M DEFINITIONS ::= BEGIN A ::= BOOLEAN END"


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was parsed, and not taken from where it is kept."""
    parsed: list[str] = []
    parse = asn1tools.parse_string

    def count(notation: str) -> object:
        parsed.append(notation)
        return parse(notation)

    monkeypatch.setattr(asn1tools, "parse_string", count)
    return parsed


def test_a_module_is_parsed_once(tmp_path: Path, parses: list[str]) -> None:
    kept = tmp_path / "cache" / "M"
    assert asn1._parse(NOTATION, kept) == asn1._parse(NOTATION, kept)
    assert parses == [NOTATION]


def test_a_changed_module_is_parsed_again(tmp_path: Path, parses: list[str]) -> None:
    asn1._parse(NOTATION, tmp_path / "M")
    changed = asn1._parse(OTHER, tmp_path / "M")
    assert changed["M"]["types"]["A"]["type"] == "BOOLEAN"
    assert parses == [NOTATION, OTHER]


@pytest.mark.parametrize("damage", [b"", b"\xff", b"N", b"garbage"])
def test_a_damaged_file_is_parsed_again(tmp_path: Path, parses: list[str], damage: bytes) -> None:
    kept = tmp_path / "M"
    asn1._parse(NOTATION, kept)
    kept.write_bytes(damage)
    assert asn1._parse(NOTATION, kept)["M"]["types"]["A"]["type"] == "INTEGER"
    assert parses == [NOTATION, NOTATION]


def test_without_a_place_to_keep_it_a_module_is_parsed_each_time(
    tmp_path: Path, parses: list[str]
) -> None:
    tmp_path.joinpath("file").touch()
    for _ in range(2):
        asn1._parse(NOTATION, tmp_path / "file" / "M")
    assert parses == [NOTATION, NOTATION]


def test_a_time_that_is_none_is_the_peers_fault() -> None:
    """The library tells a wrong UTCTime by an exception that is not its decoding error."""
    codec = asn1.Codec(
        asn1tools.compile_string("M DEFINITIONS ::= BEGIN T ::= UTCTime END", codec="ber")
    )
    with pytest.raises(ProtocolError, match="not a T"):
        codec.decode("T", b"\x17\x01 ")
