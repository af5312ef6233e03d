"""Country names in O/R addresses."""

from pathlib import Path

import pytest

from mta_emu.mts.countries import ASSIGNED, is_country

ZONE_INFO = Path("/usr/share/zoneinfo/iso3166.tab")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("US", True),
        ("us", True),
        ("XX", True),  # the aeronautical network
        ("WW", True),  # international management domains
        ("SU", True),  # reserved
        ("310", True),  # X.121: the United States
        ("USA", False),
        ("84", False),
        ("ZQ", False),
        ("150", False),  # no zone of X.121
        ("810", False),
        ("", False),
        ("\u0663\u0661\u0660", False),  # digits of another script
    ],
)
def test_countries(text: str, expected: bool) -> None:
    assert is_country(text) is expected


def test_iso_3166_has_249_codes() -> None:
    assert len(ASSIGNED) == 249


@pytest.mark.skipif(not ZONE_INFO.exists(), reason="no zone information is installed")
def test_the_time_zones_know_the_same() -> None:
    lines = ZONE_INFO.read_text().splitlines()
    assert {line[:2] for line in lines if line and not line.startswith("#")} == ASSIGNED
