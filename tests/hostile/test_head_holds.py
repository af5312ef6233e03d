"""No head that comes holds the event loop, whatever it is made of: as much of it as may come.

What test_scaling.py measures alone is sent to a live MTA here.
"""

import asyncio
import itertools
from pathlib import Path

import pytest

from mta_emu.mts.apdu import MAX_ENVELOPE, MAX_REPORT, prefix
from mta_emu.osi.rtse.primitives import Octets, RtTransfer, RtTransferConfirm
from tests.hostile.holds import LoopWatch, longest_hold_of
from tests.hostile.test_holds import LIMIT, confirmed, served
from tests.hostile.test_scaling import MADE_OF
from tests.patience import PATIENCE

_CONTENT = b"Hello"


def as_much_as_may_come(what: str) -> bytes:
    """An APDU with a head that is almost as long as a head may be."""
    make, count = MADE_OF[what]
    most = MAX_REPORT if what.startswith("a report") else MAX_ENVELOPE
    head = make(count * most * 85 // 100 // len(make(count)))
    assert len(head) < most
    octets = prefix(head, len(_CONTENT))
    return octets if octets == head else octets + _CONTENT


@pytest.mark.parametrize("what", MADE_OF)
async def test_no_head_holds_anybody(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is taken or refused; in both cases others have the loop meanwhile."""
    octets = as_much_as_may_come(what)
    attempts = itertools.count()

    async def measure() -> float:
        async with (
            served(tmp_path / f"{next(attempts)}") as (mta, endpoint),
            LoopWatch() as watch,
            asyncio.timeout(PATIENCE),
        ):
            endpoint.request(RtTransfer(Octets(octets)))
            assert isinstance(await confirmed(endpoint), RtTransferConfirm)
            while not mta.mta._dispatcher.settled:
                await mta.happened(0.1)
        return watch.cpu

    longest = await longest_hold_of(measure, LIMIT)
    with capsys.disabled():
        print(f"\n{len(octets):,} octets held the loop for {longest * 1000:.0f} ms at most")
    assert longest < LIMIT
