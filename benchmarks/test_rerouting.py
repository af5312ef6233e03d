"""After an open that failed: choosing again for a thousand messages that wait beside a million."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.mta import Mta
from mta_emu.mta.policy.routingfacts import RoutingFacts
from mta_emu.mta.store.store import Store
from mta_emu.mts.oraddress import ORAddress

from .test_store import LENGTHS, fill

JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=Outside;S=Jones")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=Inside;S=Smith")


def connector(name: str, cost: int) -> dict[str, Any]:
    return {
        "general": {"directory_name": name, "remote_mta_name": name},
        "stack": {"address": "127.0.100.99"},
        "address_space": [{"country": "US", "cost": cost}],
        "schedule": {"activation": "always" if cost == 1 else "remote-initiated"},
    }


@pytest.fixture(params=LENGTHS, ids=lambda length: f"{length:,} queued")
def mta(request: Any, tmp_path: Path) -> Iterator[Mta]:
    """One whose other connector waits to be called, and so is no better way."""
    store = Store.open(tmp_path)
    fill(store, request.param, RoutingFacts((SMITH,), JONES, 1).to_text())
    store.close()
    config = parse(
        {
            "server": {
                "organization": "Contoso",
                "site": "Lab",
                "name": "A",
                "global_domain": {"country": "US"},
                "transport_stack": {"address": "127.0.113.202"},
            },
            "connectors": [connector("C", 1), connector("OTHER", 2)],
        },
        MtaConfig,
        "benchmark",
    )
    mta = Mta(config, tmp_path, Journal(config.server.clock.lab_clock()))
    yield mta
    mta.store.close()


@pytest.mark.benchmark(group="choose the way of all that waits again")
def test_reroute(benchmark: Any, mta: Mta) -> None:
    def reroute() -> None:
        asyncio.run(mta._shared.rerouter.reroute("C"))

    benchmark.pedantic(reroute, rounds=20, warmup_rounds=1)
    assert set(mta.store.queues.lengths()) == {"C"}
