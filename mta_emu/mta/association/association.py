"""An open association of a connector: transfers both ways, the turn, the release.

The RTSE user of X.218 as X.419 clause 9 has it. What to do next is decided by policy/turn.py; this
file carries it out, and notes there what the peer does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar, Literal

from labkit.loop import Breaks
from labkit.reason import Reason
from mta_emu.endpoint import Endpoint
from mta_emu.mta.association.incoming import IncomingMessage
from mta_emu.mta.association.progress import in_hand
from mta_emu.mta.association.receiving import Receiver
from mta_emu.mta.association.recovery import Reconnection
from mta_emu.mta.association.user import AssociationUser
from mta_emu.mta.log.status import TransferStatus
from mta_emu.mta.policy.calling import Link
from mta_emu.mta.policy.turn import Standing, TurnStep, decide
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mts.fields import Priority
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.primitives import (
    RtCheckpoint,
    RtClose,
    RtCloseAccept,
    RtPAbort,
    RtPrimitive,
    RtTransfer,
    RtTransferAbandon,
    RtTransferConfirm,
    RtTransferData,
    RtTransferDiscard,
    RtTransferEnd,
    RtTransferResume,
    RtTransferStart,
    RtTransferUnreadable,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
    SourceError,
)

#: How an association ended, and why.
End = tuple[Literal["released", "aborted"], str]

_PIECE = 16 << 10  # octets of an APDU that are read at once: 10 ms where they are many small values

#: The priorities of RT-TURN-PLEASE (X.419 clause 11); reports are urgent.
_TO_RELEASE = 0
_TURN_PRIORITY = {Priority.URGENT: 1, Priority.NORMAL: 2, Priority.NON_URGENT: 3}


class Association:
    """One open association; `run` serves it until it ends."""

    def __init__(
        self,
        user: AssociationUser,
        endpoint: Endpoint,
        number: int,
        *,
        initiated_locally: bool,
        two_way: bool,
        lifetime: float,
        idle_limit: float,
        recovery_timeout: float,
        max_recoveries: int,
        urgent: bool = False,
    ) -> None:
        """Take over an endpoint whose bind has been accepted.

        `number` is the association's in the store; `lifetime` how long it stays open idle,
        `idle_limit` how long the peer may be silent and `recovery_timeout` how long there may be no
        connection, in wall seconds; no more than `max_recoveries` in a row may be to no avail.
        `urgent`: it was opened for urgent mail.
        """
        self.number = number
        self.endpoint = endpoint
        self.initiated_locally = initiated_locally
        self.two_way = two_way
        self._urgent = urgent
        self._user = user
        self._standing = Standing.opened_at(
            self._now,
            initiator=initiated_locally,
            two_way=two_way,
            lifetime=lifetime,
            idle_limit=idle_limit,
        )
        self._until: float | None = None  # when to decide again though nothing happened
        keeper = self._keeper = user.keeper(self)
        begin = partial(user.incoming, number)
        self._receiver = Receiver(begin, self._answer, self._refused, keeper.keep)
        self._reconnection = Reconnection(
            user.recover if initiated_locally else None,
            timeout=recovery_timeout,
            most=max_recoveries,
        )
        self.outgoing: QueueEntry | None = None
        self._stopped = False  # by this MTA
        self._end: End | None = None

    @property
    def link(self) -> Link:
        """The association as the policy of calls looks at it."""
        ending = self.lost or self._standing.releasing or self._end
        able = not ending and (self.two_way or self.endpoint.connection.has_turn)
        return Link(self.initiated_locally, self._urgent, able)

    @property
    def lost(self) -> bool:
        """Whether it has no connection at the moment."""
        return self._reconnection.running

    @property
    def busy(self) -> bool:
        """Whether something is under way that the peer or this side has to finish."""
        return self.lost or self._standing.busy

    @property
    def coming(self) -> IncomingMessage | None:
        """The message that is coming."""
        return self._receiver.message

    @property
    def transfers(self) -> list[TransferStatus]:
        """The transfers in hand, and how many octets of each have gone or come."""
        return in_hand(self.number, self.outgoing, self.endpoint.connection, self._receiver.octets)

    def go_on(self, kept: int, sent: QueueEntry | None, coming: IncomingMessage | None) -> None:
        """Go on with what another process had in hand when it ended; `kept` is its number."""
        self._keeper.go_on(kept)
        self._stopped = True  # no transfer fails until it is recovered
        self._receiver.go_on(coming)
        self.outgoing = sent
        if sent:
            until = self._now + self._user.outbox.transfer_time(sent)
            self._standing = self._standing.transfer_begun(until)

    def wake(self) -> None:
        """Look again: mail was queued."""
        self.endpoint.wake()

    def release(self) -> None:
        """Release the association as soon as what is in hand is finished."""
        self._standing = self._standing.release_wanted()
        self.wake()

    def give_up_sending(self) -> None:
        """Discard what is being sent, without blame: the MTA stops."""
        self._standing = self._standing.sending_ends()
        self.wake()

    def abort(self, reason: str) -> None:
        """End the association at once (RT-U-ABORT)."""
        self._stopped = True
        self._end = ("aborted", reason)
        self._reconnection.give_up()
        self.endpoint.request(RtUAbort())
        self.wake()

    def move_to(self, endpoint: Endpoint) -> None:
        """Go on on another connection, because the peer lost this one, and says so there."""
        self._reconnection.offer(endpoint)
        self.endpoint.drop()

    async def run(self) -> End:
        """Serve the association to its end."""
        self._user.recoverable(self.endpoint, self)
        try:
            while True:
                self._act()
                if self._end:
                    return self._end
                self._user.changed()
                self._keeper.note()
                await self._next()
        finally:
            self._keeper.forget()
            self._reconnection.give_up()
            if self.outgoing:
                _, reason = self._end or ("", "the MTA stops")
                outbox = self._user.outbox
                let_go = outbox.put_back if self._stopped else outbox.failed
                let_go(self.outgoing, self.number, f"the association ended: {reason}")
            self._receiver.forget()

    async def _next(self) -> None:
        """Take what has come from the peer, or wait for it as long as there is nothing to do."""
        if waiting := self.endpoint.waiting:
            self._standing = self._standing.something_received(self._now)
            for _ in range(waiting):
                indication = None if self._end else self.endpoint.received()
                if indication:
                    await self._HANDLERS[type(indication)](self, indication)
        elif self.endpoint.at_end:
            self._end = self._end or ("aborted", "the connection ended")
        else:
            until = self._until
            await self.endpoint.wait(None if until is None else max(0.0, until - self._now))

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    # What this side does

    def _act(self) -> None:
        """Do what the turn allows, until there is nothing to do."""
        outbox = self._user.outbox
        while not self._end:
            able = outbox.total and not self._standing.sending
            mail = able and outbox.waiting(self._user.lanes(self.link))
            decision = decide(
                self._standing,
                self._now,
                has_turn=self.endpoint.connection.may_transfer,
                mail=bool(mail),
                closing=self._user.closing,
            )
            self._until = decision.until
            if decision.step is TurnStep.WAIT:
                return
            self._STEPS[decision.step](self, decision.reason)

    def _transfer(self, _: Reason) -> None:
        outbox = self._user.outbox
        entry = outbox.take(self._user.lanes(self.link))
        assert entry, "mail waits"  # noqa: S101, the outbox said so
        try:
            source = outbox.source(entry)
        except SourceError as error:
            outbox.failed(entry, self.number, str(error))
            return
        self.outgoing = entry
        self._standing = self._standing.transfer_begun(self._now + outbox.transfer_time(entry))
        self._user.changed()
        self.endpoint.request(RtTransfer(source))

    def _give_turn(self, _: Reason) -> None:
        self._standing = self._standing.turn_given()
        self._user.journal.turn(self.number, "given")
        self.endpoint.request(RtTurnGive())

    def _ask_for_turn(self, _: Reason) -> None:
        self._standing = self._standing.turn_asked()
        self._user.journal.turn(self.number, "asked")
        waiting = self._user.outbox.most_urgent(self._user.lanes(self.link))
        priority = _TO_RELEASE if waiting is None else _TURN_PRIORITY[waiting]
        self.endpoint.request(RtTurnPlease(priority))

    def _release(self, _: Reason) -> None:
        self._standing = self._standing.release_requested(self._now)
        self.endpoint.request(RtClose())

    def _abandon(self, reason: Reason) -> None:
        self._standing = self._standing.transfer_abandoned(self._now)
        self.endpoint.request(RtTransferAbandon(reason.text))

    def _abort(self, reason: Reason) -> None:
        self.endpoint.request(RtUAbort())
        self._end = ("aborted", reason.text)

    _STEPS: ClassVar[dict[TurnStep, "Callable[[Association, Reason], None]"]] = {
        TurnStep.TRANSFER: _transfer,
        TurnStep.GIVE: _give_turn,
        TurnStep.ASK: _ask_for_turn,
        TurnStep.RELEASE: _release,
        TurnStep.ABANDON: _abandon,
        TurnStep.ABORT: _abort,
    }

    # What the peer did, by indication

    async def _on_turn_please(self, _: RtTurnPlease) -> None:
        self._standing = self._standing.turn_requested()
        self._user.journal.turn(self.number, "requested")

    async def _on_turn_give(self, _: RtTurnGive) -> None:
        self._standing = self._standing.turn_received()
        self._user.journal.turn(self.number, "received")

    async def _on_transfer_confirm(self, confirm: RtTransferConfirm) -> None:
        entry, self.outgoing = self.outgoing, None
        stopping = self._standing.stopping
        self._standing = self._standing.transfer_ended(self._now)
        self._keeper.forget()
        if entry is None:
            return
        outbox = self._user.outbox
        if confirm.accepted:
            sent = partial(self._user.journal.sent, entry, self.number)
            outbox.transferred(entry, self.number, sent)
        elif stopping:
            outbox.put_back(entry, self.number, confirm.reason)
        else:
            outbox.failed(entry, self.number, confirm.reason)

    async def _on_transfer_start(self, _: RtTransferStart) -> None:
        self._standing = self._standing.receiving_begun()
        self._receiver.start()
        self._user.changed()

    async def _on_transfer_resume(self, indication: RtTransferResume) -> None:
        self._standing = self._standing.receiving_begun()
        self._user.journal.resumed(self.number, indication.octets)

    async def _on_transfer_data(self, indication: RtTransferData) -> None:
        breaks = Breaks()  # there may be a megabyte, where there are no checkpoints
        for start in range(0, len(indication.octets), _PIECE):
            self._receiver.feed(indication.octets[start : start + _PIECE])
            await breaks.take()

    async def _on_checkpoint(self, indication: RtCheckpoint) -> None:
        self._receiver.checkpoint(indication.serial)

    async def _on_transfer_end(self, _: RtTransferEnd) -> None:
        if await self._receiver.end():
            self._keeper.forget()
            self._standing = self._standing.received(self._now)

    async def _on_transfer_discard(self, _: RtTransferDiscard) -> None:
        self._standing = self._standing.discarded()
        self._receiver.forget()

    async def _on_transfer_unreadable(self, indication: RtTransferUnreadable) -> None:
        self._receiver.forget()
        self._standing = self._standing.refused()
        self._user.journal.protocol_error(self.endpoint.ends.peer, "rtse", indication.reason)

    def _answer(self, answer: RtPrimitive) -> None:
        """Answer about a transfer, unless the peer has discarded it or is in the next one."""
        if not self.endpoint.has_waiting(RtTransferDiscard, RtTransferStart):
            self.endpoint.request(answer)

    def _refused(self, error: Exception) -> None:
        self._standing = self._standing.refused()
        if isinstance(error, ProtocolError):
            self._user.journal.protocol_error(self.endpoint.ends.peer, "mts", str(error))

    async def _on_close(self, _: RtClose) -> None:
        self._end = ("released", "")
        self.endpoint.request(RtCloseAccept())

    async def _on_close_accept(self, _: RtCloseAccept) -> None:
        self._end = ("released", "")

    async def _on_user_abort(self, _: RtUAbort) -> None:
        self._end = ("aborted", "by the peer MTA")

    async def _on_provider_abort(self, abort: RtPAbort) -> None:
        if not abort.by_peer:
            self._user.journal.protocol_error(self.endpoint.ends.peer, abort.layer, abort.reason)
        if not abort.recoverable or not await self._recover(abort.reason):
            self._end = self._end or ("aborted", str(abort))

    async def _recover(self, reason: str) -> bool:
        """Go on on another connection, if there is something to go on with (X.228 7.8)."""
        association = self.endpoint.connection.association
        if self._user.closing or not self._reconnection.worthwhile(association):
            return False
        journal = self._user.journal
        journal.recovery(self.number, self.endpoint.ends, "lost", reason)
        self._receiver.pause()
        recovered = await self._reconnection.connect(association)
        if recovered is None:
            journal.recovery(self.number, self.endpoint.ends, "given up")
            return False
        await self.endpoint.close()
        self.endpoint = recovered
        self._stopped = False
        self._standing = self._standing.recovered(self._now)
        self._user.recoverable(self.endpoint, self)
        journal.recovery(self.number, self.endpoint.ends, "recovered")
        return True

    _HANDLERS: ClassVar[dict[type[RtPrimitive], "_Handler"]] = {
        RtTurnPlease: _on_turn_please,
        RtTurnGive: _on_turn_give,
        RtTransferConfirm: _on_transfer_confirm,
        RtTransferStart: _on_transfer_start,
        RtTransferResume: _on_transfer_resume,
        RtTransferData: _on_transfer_data,
        RtCheckpoint: _on_checkpoint,
        RtTransferEnd: _on_transfer_end,
        RtTransferDiscard: _on_transfer_discard,
        RtTransferUnreadable: _on_transfer_unreadable,
        RtClose: _on_close,
        RtCloseAccept: _on_close_accept,
        RtUAbort: _on_user_abort,
        RtPAbort: _on_provider_abort,
    }


_Handler = Callable[[Association, Any], Awaitable[None]]
