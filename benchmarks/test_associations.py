"""Associations a second: open, bind, release, close; and what logging at maximum costs them.

First of the stack alone, without an MTA. The called end is a process of its own. It is called by
our own end, and by a load generator that sends octets which our own end has sent once, so that only
the called end's work counts.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks import end, mtas
from benchmarks.cost import Cost
from benchmarks.table import Table, spaced
from benchmarks.yardstick import five, per_second
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials

ASSOCIATIONS, AT_ONCE, ROUNDS = 800, 8, 5
#: What a caller sends, and how many octets answer it.
Script = list[tuple[bytes, int]]


class Recorder:
    """Takes down what a caller sends, and how many octets answer it."""

    def __init__(self) -> None:
        self.script: Script = []

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:  # noqa: ARG002
        """Take one thing (mta_emu/tap.py)."""
        if what == "sent":
            self.script.append((octets, 0))
        elif what == "received":
            sent, came = self.script[-1]
            self.script[-1] = sent, came + len(octets)


async def _associate(address: tuple[str, int], times: int) -> None:
    for _ in range(times):
        await end.release(await end.associate(address))


async def _at_once(address: tuple[str, int]) -> None:
    """So many associations, several at a time."""
    calls = (_associate(address, ASSOCIATIONS // AT_ONCE) for _ in range(AT_ONCE))
    await asyncio.gather(*calls)


async def _recorded(
    address: tuple[str, int], source: str | None = None, argument: bytes = end.BIND
) -> Script:
    recorder = Recorder()
    await end.release(await end.associate(address, recorder, source, argument))
    return recorder.script


def _play(address: tuple[str, int], script: Script, times: int, source: str = "") -> None:
    for _ in range(times):
        with socket.create_connection(address, source_address=(source, 0)) as caller:
            for octets, answer in script:
                caller.sendall(octets)
                assert len(caller.recv(answer, socket.MSG_WAITALL)) == answer


def _generate(address: tuple[str, int], script: Script, source: str = "") -> None:
    """The same by prepared octets."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        calls = [
            threads.submit(_play, address, script, ASSOCIATIONS // AT_ONCE, source)
            for _ in range(AT_ONCE)
        ]
        for call in calls:
            call.result()


def test_associations(
    loop: Callable[..., Any],
    called: tuple[str, int],
    capsys: pytest.CaptureFixture[str],
    table: Table,
) -> None:
    script = loop(_recorded(called))
    ours, prepared = five(
        lambda: per_second(lambda: loop(_at_once(called)), ASSOCIATIONS),
        lambda: per_second(lambda: _generate(called, script), ASSOCIATIONS),
    )
    with capsys.disabled():
        print(f"\nassociations a second, {AT_ONCE} at a time, the stack alone")
        print(f"{'between our two ends':50}{ours}")
        print(f"{'called by prepared octets':50}{prepared}")
    called_by = f"called by prepared octets: {spaced(prepared.value)}"
    table.add("stack, associations", f"{spaced(ours.value)} a second", called_by)


def test_logging(
    tmp_path: Path,
    loop: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
    table: Table,
) -> None:
    """What it costs an MTA that is called to log at maximum what is said."""
    address, argument = (mtas.B, mtas.PORT), bind.encode_argument(Credentials("A"))
    costs: dict[str, list[Cost]] = {"none": [], "maximum": []}
    for number in range(ROUNDS):
        for level, runs in costs.items():
            cost = mtas.run_called(
                tmp_path / f"{level} {number}",
                level,
                ASSOCIATIONS,
                lambda: loop(_recorded(address, mtas.A, argument)),
                lambda script: _generate(address, script, mtas.A),
            )
            runs.append(cost)
    plain, logged = map(Cost.middle, costs.values())
    (without,), (with_logs,) = plain.processor, logged.processor
    with capsys.disabled():
        print("\nassociations with an MTA, called by prepared octets")
        for level, each in (("logs nothing", plain), ("logs at maximum", logged)):
            print(f"{level:20}{each.rate:10.0f} a second{each.processor[0]:10.2f} ms of CPU each")
    table.add(
        "logging",
        f"{without:.2f} ms of processor time each; logging at maximum {with_logs:.2f} ms",
    )
