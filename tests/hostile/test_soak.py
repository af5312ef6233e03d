"""Kills, cuts, resets, silence and vanished peers, all together, while real mail flows.

Of every mail that was taken one copy arrives: 0 lost, 0 twice, 0 stuck, and no traceback anywhere.
SOAK_SECONDS is how long it is disturbed at least, SOAK_SEED gives another run.
"""

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.soak import Network, Process, Sender, unsettled
from tests.patience import PATIENCE

SECONDS = float(os.environ.get("SOAK_SECONDS", "15"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
A, B = "127.0.113.66", "127.0.100.66"
FACE_OF_B, FACE_OF_A = "127.0.113.67", "127.0.100.67"  # of the network, as A and B see it
STRANGER = "127.0.7.7"


async def disturb(
    mtas: tuple[Process, Process],
    network: Network,
    dice: random.Random,
    enough: Callable[[], bool],
) -> int:
    """Kill MTAs and call them with nothing until the time is over; how many were killed.

    On a slow machine it goes on until somebody was killed and `enough` has happened.
    """
    loop, kills = asyncio.get_running_loop(), 0
    until = loop.time() + SECONDS
    attacks: set[asyncio.Task[None]] = set()
    while loop.time() < until or not (kills and enough()):
        await asyncio.sleep(dice.uniform(0.2, 0.6))
        source = dice.choice([STRANGER, FACE_OF_A])
        attacks.add(asyncio.create_task(network.attack(B, source)))
        if dice.random() < 0.2:
            mta = dice.choice(mtas)
            await mta.kill()
            kills += 1
            await asyncio.sleep(dice.uniform(0, 0.3))
            await mta.start()
    await asyncio.gather(*attacks)
    return kills


async def settled(*mtas: Process, patience: float) -> None:
    """Wait until all are there, with empty queues."""
    until = asyncio.get_running_loop().time() + patience
    while unsettled([await each.asks({"command": "status"}) for each in mtas]):
        assert asyncio.get_running_loop().time() < until, f"stuck, seed {SEED}"
        await asyncio.sleep(0.2)


async def test_nothing_is_lost_comes_twice_or_is_stuck(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dice, loop = random.Random(SEED), asyncio.get_running_loop()
    a = Process(tmp_path, "A", "B", A, FACE_OF_B)
    b = Process(tmp_path, "B", "A", B, FACE_OF_A)
    network = Network(dice)
    await network.join(FACE_OF_B, FACE_OF_A, B)
    await network.join(FACE_OF_A, FACE_OF_B, A)
    await asyncio.gather(a.start(), b.start())
    try:
        await settled(a, b, patience=PATIENCE)
        stop = asyncio.Event()
        senders = Sender(a, "B", dice), Sender(b, "A", dice)
        sending = asyncio.gather(*(sender.run(stop) for sender in senders))

        def enough() -> bool:
            mail = all(len(sender.taken) > 10 for sender in senders)
            return mail and sum(network.done.values()) > 5

        kills = await disturb((a, b), network, dice, enough)
        stop.set()
        await sending
        network.calm, ended = True, loop.time()
        await settled(a, b, patience=PATIENCE)
        took = loop.time() - ended
        statuses = [await a.stop(), await b.stop()]
    finally:
        network.close()
        for mta in (a, b):
            await mta.kill()
    mailboxes = [b.mailbox(), a.mailbox()]
    lost = [senders[n].taken - mailboxes[n].keys() for n in range(2)]
    twice = [[name for name, count in each.items() if count > 1] for each in mailboxes]
    strange = [mailboxes[n].keys() - senders[n].tried for n in range(2)]
    with capsys.disabled():
        taken = sum(len(sender.taken) for sender in senders)
        print(f"\nseed {SEED}: {taken} mails, {kills} kills, {dict(network.done)}; ", end="")
        print(f"all there {took:.1f} s after the end")
    assert (lost, twice, strange) == ([set(), set()], [[], []], [set(), set()]), f"seed {SEED}"
    assert statuses == [0, 0]
    assert [each.errors.read_text() for each in (a, b)] == ["", ""], f"seed {SEED}"
    assert [each.problems for each in (a, b)] == [[], []], f"seed {SEED}"
