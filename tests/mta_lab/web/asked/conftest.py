"""The seed, its hosts running, and its page asked over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from mta_lab.backends.loopback import Loopback
from mta_lab.lab.directory import Lab
from mta_lab.play.hosts import Hosts
from mta_lab.web.live import Live
from tests.mta_lab.play.conftest import lab
from tests.mta_lab.web.asking import client
from tests.patience import PATIENCE

__all__ = ["asking", "lab", "up"]


@pytest.fixture
async def up(lab: Lab) -> AsyncIterator[Lab]:
    hosts = Hosts(lab, Loopback(), PATIENCE)
    try:
        await hosts.start()
        yield lab
    finally:
        await hosts.stop()


@pytest.fixture
async def asking(up: Lab) -> AsyncIterator[httpx.AsyncClient]:
    async with client(Live(up, None)) as found:
        yield found
