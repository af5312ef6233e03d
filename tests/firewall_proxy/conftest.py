"""A firewall for a test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.firewall_proxy.bench import Bench


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        yield Bench(stack)
