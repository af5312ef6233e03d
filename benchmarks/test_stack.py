"""What two stacks cost, back to back in one process and without a socket: processor time alone.

These figures change little on a busy machine, so that they show what a change of the code did.
"""

import time
from collections.abc import Callable

import pytest

from benchmarks.end import BIND, CHECKPOINT_SIZE, RESULT, WINDOW
from benchmarks.table import Table
from benchmarks.test_transfer import message
from benchmarks.yardstick import Figure, five
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtPrimitive,
    RtTransfer,
    RtTransferConfirm,
    RtTransferEnd,
    RtTransferSecured,
)
from mta_emu.osi.selectors import Selectors

TIMES = 200
CONTENT = 10 << 20  # octets


class Pair:
    """A calling and a called stack, with an association between them."""

    def __init__(self) -> None:
        self._calling = RtseConnection(initiator=True)
        self._called = RtseConnection(initiator=False)
        nobody, two_way = Selectors(), DialogueMode.TWO_WAY_ALTERNATE
        request = RtOpen(nobody, nobody, BIND, two_way, CHECKPOINT_SIZE, WINDOW)
        assert isinstance(self._ask(request), RtOpenAccept)

    def transfer(self, apdu: bytes) -> None:
        """Transfer an APDU."""
        assert isinstance(self._ask(RtTransfer(Octets(apdu))), RtTransferConfirm)

    def release(self) -> None:
        """Release the association."""
        assert isinstance(self._ask(RtClose()), RtCloseAccept)

    def _ask(self, request: RtPrimitive) -> RtPrimitive | None:
        """What the calling side gets in the end."""
        self._calling.request(request)
        got: RtPrimitive | None = None
        while True:
            there = self._calling.data_to_send()
            for indication in self._called.receive_data(there):
                self._serve(indication)
            back = self._called.data_to_send()
            for got in self._calling.receive_data(back):  # noqa: B007, the last counts
                pass
            if not (there or back):
                return got

    def _serve(self, indication: RtPrimitive) -> None:
        match indication:
            case RtOpen():
                self._called.request(RtOpenAccept(RESULT, CHECKPOINT_SIZE, WINDOW))
            case RtCheckpoint(serial):
                self._called.request(RtCheckpointSecured(serial))
            case RtTransferEnd():
                self._called.request(RtTransferSecured())
            case RtClose():
                self._called.request(RtCloseAccept())


def _microseconds(work: Callable[[], object], times: int) -> float:
    """The microseconds of processor time that `work` takes, of one out of so many."""
    begin = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begin) / times * 1e6


def test_two_stacks(capsys: pytest.CaptureFixture[str], table: Table) -> None:
    pair, apdu, content = Pair(), message(), bytes(CONTENT)
    of_a_message, of_an_association, of_a_content = five(
        lambda: _microseconds(lambda: pair.transfer(apdu), TIMES),
        lambda: _microseconds(lambda: Pair().release(), TIMES),
        lambda: _microseconds(lambda: pair.transfer(content), 1),
    )
    rate = Figure(CONTENT / of_a_content.value, of_a_content.loop)
    with capsys.disabled():
        print("\nprocessor time of two stacks back to back")
        print(f"{'a message of 1 KB, microseconds':50}{of_a_message}")
        print(f"{'an association, microseconds':50}{of_an_association}")
        print(f"{'content with checkpoints of 30 KB, MB a second':50}{rate}")
    message_ms, association_ms = of_a_message.value / 1e3, of_an_association.value / 1e3
    table.add(
        "stack, processor",
        f"{message_ms:.2f} ms for a message of 1 KB, {association_ms:.1f} ms for an association",
    )
