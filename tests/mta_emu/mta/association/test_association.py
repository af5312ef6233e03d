"""One open association on real sockets, for a user whose queue is at hand."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any, cast

import pytest

from labkit.clock import LabClock
from labkit.records import Record
from mta_emu.endpoint import Endpoint
from mta_emu.mta.association.association import Association, End
from mta_emu.mta.association.journal import ConnectorJournal
from mta_emu.mta.association.user import AssociationUser
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import ProtocolError, Turn
from mta_emu.mta.policy.calling import ANY_LANE, Lane, Link
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.mts.fields import Priority
from mta_emu.osi import errors
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.machine import State
from mta_emu.osi.rtse.primitives import (
    ApduSource,
    DialogueMode,
    Octets,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtPrimitive,
    RtTransfer,
    RtTransferAbandon,
    RtTransferConfirm,
    RtTransferData,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferSecured,
    RtTransferStart,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
    SourceError,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import ExceptionReason
from tests.patience import PATIENCE

HERE, THERE, PORT = "127.0.113.62", "127.0.100.62", 10662


def message(number: int) -> QueueEntry:
    return QueueEntry(number, number, f"[{number}]", Priority.NORMAL, b"envelope", 7, 7, None)


class Outbox:
    """A queue at hand; notes what became of each message."""

    def __init__(self) -> None:
        self.queue: list[QueueEntry] = []
        self.became: list[str] = []
        self.unreadable = False

    @property
    def total(self) -> int:
        return len(self.queue)

    def waiting(self, lanes: Collection[Lane]) -> int:
        return len(self.queue)

    def take(self, lanes: Collection[Lane]) -> QueueEntry | None:
        return self.queue.pop(0) if self.queue else None

    def most_urgent(self, lanes: Collection[Lane]) -> Priority | None:
        return self.queue[0].priority if self.queue else None

    def source(self, entry: QueueEntry) -> ApduSource:
        if self.unreadable:
            raise SourceError("no octets")
        return Octets(b"apdu of " + entry.mts_identifier.encode())

    def transfer_time(self, entry: QueueEntry) -> float:
        return 60

    def transferred(self, entry: QueueEntry, association: int, sent: Callable[[], None]) -> None:
        self.became.append(f"{entry.mts_identifier} transferred")

    def put_back(self, entry: QueueEntry, association: int, reason: str) -> None:
        self.became.append(f"{entry.mts_identifier} put back")

    def failed(self, entry: QueueEntry, association: int, reason: str) -> None:
        self.became.append(f"{entry.mts_identifier} failed: {reason}")


class Incoming:
    """What comes; refuses it when it is told to."""

    def __init__(self) -> None:
        self.came = b""
        self.accepted: list[bytes] = []
        self.wrong = False
        self.decisions = asyncio.Semaphore(1000)

    @property
    def octets(self) -> int:
        return len(self.came)

    def feed(self, octets: bytes) -> None:
        self.came += octets

    async def secure(self) -> None:
        """There is no disk here."""

    async def accept(self) -> None:
        await self.decisions.acquire()
        if self.wrong:
            self.wrong = False
            raise errors.ProtocolError("no APDU")
        self.accepted.append(self.came)
        self.came = b""

    def discard(self) -> None:
        self.came = b""


class Keeps:
    """Keeps nothing for another process."""

    def note(self) -> None:
        """Nothing has happened."""

    def keep(self) -> None:
        """Nothing is kept."""

    def forget(self) -> None:
        """Nothing was."""


class User:
    """The connector."""

    def __init__(self) -> None:
        self.said: list[Record] = []
        journal = Journal(LabClock())
        journal.listen(self.said.append)
        self.journal = ConnectorJournal(journal, "TO-B")
        self.outbox = Outbox()
        self.arriving = Incoming()
        self.closing = False

    def lanes(self, link: Link) -> Collection[Lane]:
        return ANY_LANE

    def incoming(self, association: int) -> Any:
        return self.arriving

    def keeper(self, association: Any) -> Any:
        return Keeps()

    def changed(self) -> None:
        """Nobody looks."""

    def recoverable(self, endpoint: Endpoint, association: Any) -> None:
        """Nobody recovers it."""

    async def recover(self, association: Any) -> Endpoint | None:
        return None


def association(user: User, endpoint: Endpoint, *, locally: bool, two_way: bool) -> Association:
    return Association(
        cast("AssociationUser", user),
        endpoint,
        1,
        initiated_locally=locally,
        two_way=two_way,
        lifetime=3600,
        idle_limit=7200,
        recovery_timeout=0,
        max_recoveries=0,
    )


class Scene:
    """An association that this side opened, and the peer's end of it."""

    def __init__(self, endpoint: Endpoint, peer: Endpoint, *, two_way: bool) -> None:
        self.user, self.peer = User(), peer
        self.association = Association(
            cast("AssociationUser", self.user),
            endpoint,
            1,
            initiated_locally=True,
            two_way=two_way,
            lifetime=3600,
            idle_limit=7200,
            recovery_timeout=0,
            max_recoveries=0,
        )
        self.running: asyncio.Task[End] | None = None

    def run(self, *messages: int) -> None:
        self.user.outbox.queue = [message(number) for number in messages]
        self.running = asyncio.create_task(self.association.run())

    async def next(self) -> RtPrimitive | None:
        async with asyncio.timeout(PATIENCE):
            return await self.peer.receive()

    async def whole(self) -> bytes:
        """An APDU that the peer receives, up to where it has to answer."""
        octets = b""
        assert isinstance(await self.next(), RtTransferStart)
        while isinstance(part := await self.next(), RtTransferData):
            octets += part.octets
        assert isinstance(part, RtTransferEnd)
        return octets

    async def ended(self) -> End:
        assert self.running
        async with asyncio.timeout(PATIENCE):
            return await self.running

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not ready():  # noqa: ASYNC110, the association's own task changes it
                await asyncio.sleep(0.001)


@pytest.fixture(params=[True])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    loop = asyncio.get_running_loop()
    with socket.create_server((THERE, PORT)) as listening:
        listening.setblocking(False)
        accepting = asyncio.create_task(loop.sock_accept(listening))
        stack = RtseConnection(initiator=True)
        caller = await Endpoint.connect(stack, THERE, PORT, source=HERE)
        sock, _ = await accepting
    called = await Endpoint.accept(RtseConnection(initiator=False), sock)
    mode = DialogueMode.TWO_WAY_ALTERNATE if request.param else DialogueMode.MONOLOGUE
    argument = bind.encode_argument(Credentials("A", b"x"))
    caller.request(RtOpen(Selectors(), Selectors(), argument, mode))
    assert isinstance(await called.receive(), RtOpen)
    called.request(RtOpenAccept(bind.encode_result(Credentials("B", b"x"))))
    assert isinstance(await caller.receive(), RtOpenAccept)
    scene = Scene(caller, called, two_way=request.param)
    yield scene
    if scene.running:
        scene.running.cancel()
    for each in (caller, called):
        each.drop()


async def test_mail_leaves_message_by_message(scene: Scene) -> None:
    scene.run(1, 2)
    assert await scene.whole() == b"apdu of [1]"
    (in_hand,) = scene.association.transfers
    assert (in_hand.direction, in_hand.mts_identifier) == ("out", "[1]")
    assert scene.association.busy
    scene.peer.request(RtTransferSecured())
    assert await scene.whole() == b"apdu of [2]"
    assert scene.user.outbox.became == ["[1] transferred"]
    scene.peer.request(RtTransferSecured())
    await scene.until(lambda: len(scene.user.outbox.became) == 2)
    assert scene.association.transfers == []


async def test_mail_that_is_queued_later_leaves_when_it_is_woken(scene: Scene) -> None:
    scene.run()
    assert scene.association.link.able
    scene.user.outbox.queue.append(message(1))
    scene.association.wake()
    assert await scene.whole() == b"apdu of [1]"


@pytest.mark.parametrize("scene", [True, False], indirect=True)
async def test_mail_that_is_queued_during_a_transfer_leaves_after_it(scene: Scene) -> None:
    """Also in a monologue: a second association for it would be one too many."""
    scene.run(1)
    await scene.whole()
    assert scene.association.link.able


async def test_what_the_peer_refuses_has_failed_and_the_next_leaves(scene: Scene) -> None:
    scene.run(1, 2)
    await scene.whole()
    scene.peer.request(RtTransferRefuse(ExceptionReason.TEMPORARILY_UNABLE))
    assert await scene.whole() == b"apdu of [2]"
    (failed,) = scene.user.outbox.became
    assert failed.startswith("[1] failed: ")


async def test_what_cannot_be_read_has_failed_before_a_word_is_said(scene: Scene) -> None:
    scene.user.outbox.unreadable = True
    scene.run(1, 2)
    await scene.until(lambda: len(scene.user.outbox.became) == 2)
    assert scene.user.outbox.became == ["[1] failed: no octets", "[2] failed: no octets"]
    scene.association.release()
    assert isinstance(await scene.next(), RtClose)


async def test_the_turn_is_given_to_who_asks_and_asked_for_when_there_is_mail(
    scene: Scene,
) -> None:
    scene.run()
    scene.peer.request(RtTurnPlease(2))
    assert isinstance(await scene.next(), RtTurnGive)
    scene.peer.request(RtTransfer(Octets(b"apdu of the peer")))
    assert isinstance(await scene.next(), RtTransferConfirm)
    assert scene.user.arriving.accepted == [b"apdu of the peer"]
    scene.user.outbox.queue.append(message(1))
    scene.association.wake()
    assert await scene.next() == RtTurnPlease(2)  # of normal mail
    scene.peer.request(RtTurnGive())
    assert await scene.whole() == b"apdu of [1]"
    turns = [each.what for each in scene.user.said if isinstance(each, Turn)]
    assert turns == ["requested", "given", "asked", "received"]


async def test_what_comes_and_is_no_apdu_is_refused_and_told(scene: Scene) -> None:
    scene.user.arriving.wrong = True
    scene.run()
    scene.peer.request(RtTurnPlease(2))
    assert isinstance(await scene.next(), RtTurnGive)
    scene.peer.request(RtTransfer(Octets(b"nonsense")))
    confirm = await scene.next()
    assert isinstance(confirm, RtTransferConfirm)
    assert not confirm.accepted
    (told,) = [each for each in scene.user.said if isinstance(each, ProtocolError)]
    assert (told.layer, told.reason) == ("mts", "no APDU")


@pytest.mark.parametrize("wrong", [False, True])
async def test_what_is_decided_late_answers_no_later_transfer(scene: Scene, wrong: bool) -> None:
    """The peer has given up waiting, and is in its next transfer when the decision is made."""
    arriving = scene.user.arriving
    arriving.wrong, arriving.decisions = wrong, asyncio.Semaphore(0)
    scene.run()
    scene.peer.request(RtTurnPlease(2))
    assert isinstance(await scene.next(), RtTurnGive)
    scene.peer.request(RtTransfer(Octets(b"first")))
    await scene.until(lambda: arriving.came == b"first")
    scene.peer.request(RtTransferAbandon("its time is over"))
    assert await scene.next() == RtTransferConfirm(accepted=False, reason="its time is over")
    scene.peer.request(RtTransfer(Octets(b"second")))
    here = scene.association.endpoint
    await scene.until(lambda: here.has_waiting(RtTransferEnd))
    arriving.decisions.release()
    await scene.until(lambda: arriving.came == b"second" and not here.has_waiting(RtTransferEnd))
    assert here.connection.state is State.RECEIVED  # nobody answers for the second yet
    arriving.decisions.release()
    assert await scene.next() == RtTransferConfirm(accepted=True)
    assert arriving.accepted[-1] == b"second"


async def test_a_release_waits_for_what_is_in_hand(scene: Scene) -> None:
    scene.run(1)
    await scene.whole()
    scene.association.release()
    scene.peer.request(RtTransferSecured())
    assert isinstance(await scene.next(), RtClose)
    assert not scene.association.link.able
    assert scene.user.outbox.became == ["[1] transferred"]
    scene.peer.request(RtCloseAccept())
    assert await scene.ended() == ("released", "")


@pytest.mark.parametrize(
    ("by", "end", "became"),
    [
        ("peer", ("aborted", "by the peer MTA"), "failed: the association ended: by the peer MTA"),
        ("us", ("aborted", "the MTA stops"), "put back"),
    ],
)
async def test_an_abort_lets_go_of_what_is_in_hand(
    scene: Scene, by: str, end: End, became: str
) -> None:
    """With blame when it is the peer's, and without when this MTA stops."""
    scene.run(1)
    await scene.whole()
    if by == "peer":
        scene.peer.request(RtUAbort())
    else:
        scene.association.abort("the MTA stops")
    assert await scene.ended() == end
    assert scene.user.outbox.became == [f"[1] {became}"]
    assert not scene.association.link.able


async def test_a_lost_connection_that_nobody_recovers_is_the_end(scene: Scene) -> None:
    scene.run(1)
    await scene.whole()
    scene.peer.drop()
    state, _ = await scene.ended()
    assert state == "aborted"
    (failed,) = scene.user.outbox.became
    assert failed.startswith("[1] failed: the association ended: ")


@pytest.mark.parametrize("scene", [True, False], indirect=True)
async def test_in_a_monologue_only_who_opened_it_can_send(scene: Scene) -> None:
    called = association(scene.user, scene.peer, locally=False, two_way=scene.association.two_way)
    assert scene.association.link.able
    assert called.link.able is called.two_way
    assert not called.link.ours
