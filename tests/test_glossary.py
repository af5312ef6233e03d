"""The glossary has every word, and the page of events every event with its cause."""

from labkit.descriptions import meanings
from mta_emu.mta.configuration.server import Registry
from mta_emu.mta.log.events import DEFINITIONS
from mta_lab.topology.disposition import Disposition
from tests.glossary import documents

PAGES = dict(documents())


def test_every_word_has_a_meaning() -> None:
    assert meanings(Disposition).keys() == Disposition.__members__.keys()


def test_every_event_has_its_text_and_its_cause() -> None:
    page = next(text for path, text in PAGES.items() if path.stem == "events")
    for number, each in DEFINITIONS.items():
        assert f"\n## {number}\n\n{each.type}, {each.category}" in page
        assert f"\n> {each.text}\n\n{each.cause}" in page
        assert each.cause.endswith(".")


def test_the_settings_that_causes_name_are_settings() -> None:
    named = {word for each in DEFINITIONS.values() for word in each.cause.split() if "_" in word}
    assert {word.rstrip(".") for word in named} <= {*Registry.model_fields}
