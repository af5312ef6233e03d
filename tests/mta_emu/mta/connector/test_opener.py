"""How a connector calls: with a control block, from an address, and again to recover."""

import asyncio
from ipaddress import IPv4Address
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.clock import LabClock
from labkit.config import parse
from labkit.reason import Reason
from mta_emu.mta.association.opening import NotOpened
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.connector import opener as module
from mta_emu.mta.connector.controlblocks import ControlBlocks
from mta_emu.mta.connector.opener import CallResult, Opener
from tests.patience import PATIENCE

FIRST, SECOND = "127.0.113.88", "127.0.113.99"


class Calls:
    """Stands for opening.py: notes from where it was called, fails as often as it is told."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.failures = 0

    async def __call__(self, _config: Any, _connector: Any, source: IPv4Address, *_: Any) -> Any:
        self.sources.append(str(source))
        if len(self.sources) <= self.failures:
            raise NotOpened("unreachable", Reason("connection", "nobody"))
        return "an endpoint"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()
    monkeypatch.setattr(module, "open_association", calls)
    monkeypatch.setattr(module, "recover_association", calls)
    return calls


@pytest.fixture
def opener(a_document: dict[str, Any]) -> Opener:
    a_document["server"]["transport_stack"]["other_addresses"] = [SECOND]
    config = parse(a_document, MtaConfig, "a.yaml")
    shared: Any = SimpleNamespace(
        config=config, clock=LabClock(scale=1000), blocks=ControlBlocks(20), tap=None
    )
    return Opener(config.connectors[0], shared)


async def test_calls_of_a_multihomed_host_come_from_its_addresses_in_turn(
    opener: Opener, calls: Calls
) -> None:
    """Q197378."""
    reasons = [(await opener.open(1))[1] for _ in range(3)]
    assert calls.sources == [FIRST, SECOND, FIRST]
    assert [each.seen for each in reasons] == calls.sources


async def test_without_a_control_block_nobody_is_called(opener: Opener, calls: Calls) -> None:
    """Q166602: 9156."""
    with pytest.raises(NotOpened) as failed:
        await opener.open(None)
    assert (failed.value.state, failed.value.events) == ("refused", ((9156, {"count": 20}),))
    assert calls.sources == []


async def test_a_recovery_is_tried_again_until_the_peer_answers(
    opener: Opener, calls: Calls
) -> None:
    calls.failures = 3
    association: Any = object()
    clock = opener._shared.clock
    begun = clock.now()
    async with asyncio.timeout(PATIENCE):
        assert await opener.recover(association) == "an endpoint"
    assert calls.sources == [FIRST, SECOND, FIRST, SECOND]
    assert (clock.now() - begun).total_seconds() >= 14  # five lab seconds between two


async def test_who_asked_for_a_call_is_answered_once() -> None:
    asked: asyncio.Future[CallResult] = asyncio.get_running_loop().create_future()
    first = CallResult(1, "open", Reason("source address", "here"))
    first.tell(asked)
    CallResult(2, "refused", Reason("bind", "no")).tell(asked)
    first.tell(None)
    assert await asked == first
