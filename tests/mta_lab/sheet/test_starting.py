"""The sheet to fill in is one, and names every field."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from labkit.config import ConfigurationError, load_text
from mta_lab.sheet.profiles import PROFILES, ProfileName
from mta_lab.sheet.sheet import Addresses, Between, Link, Own, Peer, Selectors, Sheet, load_sheet
from mta_lab.sheet.starting import starting_sheet

ANY = Path("x.yaml")


@pytest.mark.parametrize("centre", ["AMHSLAND-1", "1", "true", "A" * 40])
def test_it_is_a_sheet_of_that_centre(centre: str) -> None:
    assert load_text(starting_sheet(centre, ProfileName.EXCHANGE), ANY, Sheet).centre == centre


@pytest.mark.parametrize("name", ProfileName)
def test_it_speaks_what_the_peer_speaks(name: ProfileName, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(starting_sheet("ONE", name), "utf-8")
    sheet = load_sheet(tmp_path / "x.yaml")
    assert sheet.profile == PROFILES[name]
    assert sheet.link.dialogue_mode is PROFILES[name].dialogue_modes[0]
    assert sheet.link.conformance is PROFILES[name].conformances[0]


@pytest.mark.parametrize("model", [Sheet, Own, Addresses, Selectors, Peer, Link, Between])
def test_it_names_every_field(model: type[BaseModel]) -> None:
    text = starting_sheet("ONE", ProfileName.EXCHANGE)
    assert [each for each in model.model_fields if each not in text] == []


@pytest.mark.parametrize("centre", ["", "a b", 'x"\nown: 1', "A" * 41])
def test_what_is_no_name_is_refused(centre: str) -> None:
    with pytest.raises(ConfigurationError, match="centre"):
        starting_sheet(centre, ProfileName.EXCHANGE)
