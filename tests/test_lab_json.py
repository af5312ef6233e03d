"""docs/lab-json.md is what the definitions of the lab's JSON say."""

from tests.lab_json import PAGE, page


def test_the_page_is_that_of_the_definitions() -> None:
    assert PAGE.read_text("utf-8") == page(), "`python -m tests.lab_json` writes it"
