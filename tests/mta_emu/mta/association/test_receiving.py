"""A message while it comes: kept, refused, or forgotten."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from mta_emu.mta.association.receiving import Receiver
from mta_emu.mta.store.database import DiskFullError
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.primitives import (
    RtCheckpointSecured,
    RtPrimitive,
    RtTransferRefuse,
    RtTransferSecured,
)
from mta_emu.osi.session.primitives import ExceptionReason


@dataclass
class Message:
    """Stands for an IncomingMessage; raises what it is told to."""

    trouble: dict[str, Exception] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    octets: int = 0

    def _do(self, what: str) -> None:
        self.done.append(what)
        if what in self.trouble:
            raise self.trouble[what]

    def feed(self, octets: bytes) -> None:
        self.octets += len(octets)
        self._do("feed")

    async def secure(self, keep: Callable[[], None]) -> None:
        keep()
        self._do("secure")

    async def accept(self) -> None:
        self._do("accept")

    def discard(self) -> None:
        self._do("discard")


class Scene:
    def __init__(self, **trouble: Exception) -> None:
        self.message = Message(trouble)
        self.answers: list[RtPrimitive] = []
        self.errors: list[Exception] = []
        begin: Any = lambda: self.message  # noqa: E731
        keep: Any = lambda: self.message.done.append("keep")  # noqa: E731
        self.receiver = Receiver(begin, self.answers.append, self.errors.append, keep)


async def test_a_message_that_is_whole_is_answered_for() -> None:
    scene = Scene()
    scene.receiver.start()
    scene.receiver.feed(b"abc")
    assert scene.receiver.octets == 3
    assert await scene.receiver.end()
    assert scene.answers == [RtTransferSecured()]
    assert scene.receiver.octets is None
    scene.receiver.forget()
    assert scene.message.done == ["feed", "accept"]  # it is not discarded any more


async def test_a_checkpoint_is_confirmed_when_it_is_on_the_disk() -> None:
    scene = Scene()
    scene.receiver.start()
    scene.receiver.checkpoint(4)
    assert scene.answers == []
    task = scene.receiver._checkpoints._task
    assert task
    await task
    assert scene.message.done == ["keep", "secure"]
    assert scene.answers == [RtCheckpointSecured(4)]


WRONG, FULL = ProtocolError("no APDU"), DiskFullError("no space")


@pytest.mark.parametrize(
    ("where", "error", "reason"),
    [
        ("feed", WRONG, ExceptionReason.PROCEDURAL_ERROR),
        ("accept", WRONG, ExceptionReason.PROCEDURAL_ERROR),
        ("feed", FULL, ExceptionReason.TEMPORARILY_UNABLE),
        ("secure", FULL, ExceptionReason.TEMPORARILY_UNABLE),
        ("accept", FULL, ExceptionReason.TEMPORARILY_UNABLE),
    ],
)
async def test_what_cannot_be_taken_is_refused_once(
    where: str, error: Exception, reason: ExceptionReason
) -> None:
    scene = Scene(**{where: error})
    scene.receiver.start()
    scene.receiver.feed(b"a")
    scene.receiver.checkpoint(1)
    if task := scene.receiver._checkpoints._task:
        await task
    assert await scene.receiver.end() is False
    assert scene.answers[-1] == RtTransferRefuse(reason)
    assert scene.answers.count(RtTransferRefuse(reason)) == 1
    assert scene.errors == [error]
    assert scene.message.done[-1] == "discard"


async def test_another_start_forgets_what_came_before() -> None:
    scene = Scene()
    scene.receiver.start()
    scene.receiver.feed(b"a")
    scene.receiver.start()
    assert scene.message.done == ["feed", "discard"]


async def test_octets_of_nothing_are_passed_over() -> None:
    scene = Scene()
    scene.receiver.feed(b"a")
    scene.receiver.checkpoint(1)
    assert await scene.receiver.end() is False
    assert (scene.message.done, scene.answers) == ([], [])
