"""The page of a lab over HTTP: its model, which is the lab's."""

import pytest

from labkit.addresses import End, parse_address
from mta_lab.web.bundle import text_of
from mta_lab.web.model.page import Page
from mta_lab.web.server import serve
from tests.mta_lab.web.asking import client, live_of
from tests.mta_lab.web.conftest import Ran

HERE = parse_address("127.0.113.91")


async def test_the_model_is_that_of_the_lab(seed: Ran) -> None:
    async with client(live_of(seed)) as asking:
        index = await asking.get("")
        answer = await asking.get("model.json")
    assert index.text == text_of("index.html")
    page = Page.model_validate_json(answer.text)
    assert page == seed.page.model_copy(update={"verdict": "", "differences": (), "played": ()})


async def test_without_a_lab_there_is_no_page(seed: Ran) -> None:
    """The run of the seed is over, and its directory is gone."""
    with pytest.raises(FileNotFoundError):
        await serve(seed.minutes.lab, End(HERE, 0), pytest.fail)
