"""docs/records.md is what the definitions of the records say."""

from tests.records import PAGE, page


def test_the_page_is_that_of_the_definitions() -> None:
    assert PAGE.read_text("utf-8") == page(), "`python -m tests.records` writes it"
