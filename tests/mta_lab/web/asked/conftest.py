"""The seed, its hosts running, and its page asked over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from mta_lab.lab.directory import Lab
from mta_lab.web.live import Live
from tests.mta_lab.play.conftest import lab, up
from tests.mta_lab.web.asking import client

__all__ = ["asking", "lab", "up"]


@pytest.fixture
async def asking(up: Lab) -> AsyncIterator[httpx.AsyncClient]:
    async with client(Live(up, None)) as found:
        yield found
