"""The Diagnostics Logging page: what each level shows of each category."""

import pytest
from pydantic import ValidationError

from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.events import DEFINITIONS, Category, Level


@pytest.mark.parametrize("category", Category)
def test_each_category_has_a_level_of_its_own(category: Category) -> None:
    page = DiagnosticsLogging.model_validate({category.name.lower(): "medium"})
    assert [each for each in Category if page.level(each) is Level.MEDIUM] == [category]
    assert page.turned_up
    assert not DiagnosticsLogging().turned_up


@pytest.mark.parametrize("level", Level)
def test_an_event_is_logged_from_its_level_on(level: Level) -> None:
    page = DiagnosticsLogging(**{category.name.lower(): level for category in Category})
    for definition in DEFINITIONS.values():
        shown = [*Level].index(level) >= [*Level].index(definition.level)
        assert page.logs(definition) is shown


def test_warnings_and_errors_are_always_logged() -> None:
    """Q165111: only information needs a category that is turned up."""
    for definition in DEFINITIONS.values():
        if definition.type in ("Warning", "Error"):
            assert DiagnosticsLogging().logs(definition)


@pytest.mark.parametrize("fields", [{"x400_service": "high"}, {"text_log_size": 0}, {"x": "none"}])
def test_what_is_no_level_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(fields))):
        DiagnosticsLogging.model_validate(fields)
