"""Octets without end behind a complete APDU: the first is refused, and none is kept.

../shared/faults/attacks/trailing.py: 80 MB were kept, in quadratic time: two minutes, 240 MB.
"""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mta_emu.endpoint import Endpoint
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import RtOpenAccept, RtTransfer, RtTransferConfirm
from tests.hostile.conftest import OPEN
from tests.hostile.test_alone import Process
from tests.hostile.wire import message
from tests.mta_emu.mta.conftest import PORT, A, B
from tests.patience import PATIENCE

TRAILING = 40 << 20  # octets
KEPT = 16 << 20  # octets that the process may grow by: less than half of what comes
READ = 2 << 20  # octets on their way: two windows of checkpoints, and what buffers hold


class Trailing:
    """A message, and zeros that are made as they are wanted."""

    def __init__(self) -> None:
        self._message = message(1)
        self.length = len(self._message) + TRAILING
        self.wanted = 0  # the last octet that was asked for

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` octets from `offset`."""
        size = min(size, self.length - offset)
        self.wanted = max(self.wanted, offset + size)
        return self._message[offset : offset + size].ljust(size, b"\0")


def most_memory(pid: int) -> int:
    """The most octets of memory that a process has had (proc_pid_status(5), VmHWM)."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(kilobytes) << 10


@pytest.mark.parametrize("checkpoint_size", [30, 0])
async def test_what_follows_an_apdu_is_refused_at_once_and_not_kept(
    tmp_path: Path, checkpoint_size: int
) -> None:
    mta, trailing = Process(tmp_path), Trailing()
    with mta.running() as process:
        await mta.submits("one")
        endpoint = await Endpoint.connect(RtseConnection(initiator=True), A, PORT, source=B)
        credentials = bind.encode_argument(Credentials("B", b"secret"))
        endpoint.request(replace(OPEN, user_data=credentials, checkpoint_size=checkpoint_size))
        assert isinstance(await endpoint.receive(), RtOpenAccept)
        before = most_memory(process.pid)
        endpoint.request(RtTransfer(trailing))
        async with asyncio.timeout(PATIENCE):
            answer = await endpoint.receive()
        assert answer is None or not (isinstance(answer, RtTransferConfirm) and answer.accepted)
        if checkpoint_size:
            assert trailing.wanted < READ
        await endpoint.close(linger=0)
        await mta.submits("two")
        assert most_memory(process.pid) - before < KEPT
        assert len(mta.mailbox()) == 2
