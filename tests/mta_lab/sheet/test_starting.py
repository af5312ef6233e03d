"""The sheet to fill in is one, and names every field."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from labkit.config import ConfigurationError, load_text
from mta_lab.sheet.sheet import Addresses, Between, Link, Own, Peer, Selectors, Sheet
from mta_lab.sheet.starting import starting_sheet

ANY = Path("x.yaml")


@pytest.mark.parametrize("centre", ["AMHSLAND-1", "1", "true", "A" * 40])
def test_it_is_a_sheet_of_that_centre(centre: str) -> None:
    assert load_text(starting_sheet(centre), ANY, Sheet).centre == centre


@pytest.mark.parametrize("model", [Sheet, Own, Addresses, Selectors, Peer, Link, Between])
def test_it_names_every_field(model: type[BaseModel]) -> None:
    text = starting_sheet("ONE")
    assert [each for each in model.model_fields if each not in text] == []


@pytest.mark.parametrize("centre", ["", "a b", 'x"\nown: 1', "A" * 41])
def test_what_is_no_name_is_refused(centre: str) -> None:
    with pytest.raises(ConfigurationError, match="centre"):
        starting_sheet(centre)
