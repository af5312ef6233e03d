"""docs/page-json.md is what the definition of the page's JSON says."""

from tests.page_json import PAGE, page


def test_the_page_is_that_of_the_definition() -> None:
    assert PAGE.read_text("utf-8") == page(), "`python -m tests.page_json` writes it"
