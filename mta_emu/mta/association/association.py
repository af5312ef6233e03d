"""An open association of a connector: transfers both ways, the turn, the release.

The RTSE user of X.218 as X.419 clause 9 has it: the holder of the turn transfers, gives the turn
when it has nothing left and the peer asked for it, and the association's initiator releases it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, ClassVar, Protocol

from mta_emu.endpoint import Endpoint
from mta_emu.mta.association.checkpoints import Checkpoints
from mta_emu.mta.association.incoming import IncomingMessage
from mta_emu.mta.association.journal import ConnectorJournal
from mta_emu.mta.association.recovery import Successor
from mta_emu.mta.log.records import AssociationState
from mta_emu.mta.store.database import UnavailableError
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mts.fields import Priority
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.association import RtAssociation
from mta_emu.osi.rtse.primitives import (
    ApduSource,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtPAbort,
    RtPrimitive,
    RtRecoverAccept,
    RtTransfer,
    RtTransferAbandon,
    RtTransferConfirm,
    RtTransferData,
    RtTransferDiscard,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferResume,
    RtTransferSecured,
    RtTransferStart,
    RtTransferUnreadable,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
)
from mta_emu.osi.session.primitives import Reason

#: Wall seconds that the caller, who opened because it has mail, has to begin before we ask for
#: the turn; one that only comes to fetch mail waits that long.
_COURTESY = 0.5

#: The priorities of RT-TURN-PLEASE (X.419 clause 11); reports are urgent.
_TO_RELEASE = 0
_TURN_PRIORITY = {Priority.URGENT: 1, Priority.NORMAL: 2, Priority.NON_URGENT: 3}

#: Wall seconds that the peer has to let go of a transfer that is abandoned.
_PATIENCE = 30.0


class AssociationUser(Protocol):
    """What an association needs of the connector that it belongs to."""

    journal: ConnectorJournal

    @property
    def closing(self) -> bool:
        """Whether the MTA stops: nothing new is begun."""

    def take_entry(self, association: "Association") -> QueueEntry | None:
        """Take the next message in hand that the association may carry; None when none waits."""

    def has_mail(self, association: "Association") -> bool:
        """Tell whether `take_entry` would find a message."""

    def most_urgent(self, association: "Association") -> Priority | None:
        """Give the priority of the message that `take_entry` would find."""

    def apdu(self, entry: QueueEntry) -> ApduSource:
        """Give the octets of the message as it travels over this connector."""

    def transferred(self, entry: QueueEntry, association: "Association") -> None:
        """Drop the message from the queue: the receiver has secured it."""

    def put_back(self, entry: QueueEntry, association: "Association", reason: str) -> None:
        """Let the message wait again: it was not transferred, and not by a fault."""

    def failed(self, entry: QueueEntry, association: "Association", reason: str) -> None:
        """Let the message rest: its transfer failed."""

    def transfer_time(self, entry: QueueEntry) -> float:
        """Give the wall seconds that the transfer of the message may take."""

    def incoming(self, association: "Association") -> IncomingMessage:
        """Begin to receive a message."""

    def changed(self) -> None:
        """Tell that an association became busy or idle."""

    async def recover(self, association: RtAssociation) -> Endpoint | None:
        """Recover an association of ours on another connection; None: it cannot be."""

    def living(self, association: "Association") -> None:
        """Tell that the association lives on this connection now."""


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
        recovery_timeout: float,
        max_recoveries: int,
        urgent: bool = False,
    ) -> None:
        """Take over an endpoint whose bind has been accepted.

        `number` is the association's in the store; `lifetime` how long it stays open idle and
        `recovery_timeout` how long it may be without a connection, in wall seconds; no more than
        `max_recoveries` in a row may be to no avail. `urgent` tells that it was opened for urgent
        mail.
        """
        self.number = number
        self.endpoint = endpoint
        self.initiated_locally = initiated_locally
        self.two_way = two_way
        self.urgent = urgent
        self._user = user
        self._lifetime = lifetime
        self._recovery_timeout = recovery_timeout
        self._max_recoveries = max_recoveries
        self._recoveries = 0  # in a row that brought no transfer forward
        self._progress = (0, 0)  # of the transfers, when the connection was lost last
        self._recovering: asyncio.Task[Endpoint | None] | None = None
        self._successor = Successor()
        self._woken = asyncio.Event()
        self._receiving: asyncio.Task[RtPrimitive | None] | None = None
        self._outgoing: QueueEntry | None = None
        self._deadline = 0.0  # of what is sent, in the loop's time
        self._abandoned = False  # what is sent
        self._incoming: IncomingMessage | None = None
        self._checkpoints = Checkpoints(self._secure, self._confirm)
        self._turn_asked = False  # by us
        self._turn_wanted = False  # by the peer
        self._idle_since = self._opened = self._now
        self._received_any = False
        self._release_due = False
        self._releasing = False
        self._sending_ends = False  # because this MTA stops
        self._stopped = False  # by this MTA
        self._end: tuple[AssociationState, str] | None = None

    @property
    def has_turn(self) -> bool:
        """Whether this side may transfer."""
        return self.endpoint.connection.has_turn

    @property
    def can_send(self) -> bool:
        """Whether mail put into the queue now will leave by this association."""
        if self.lost or self._releasing or self._end:
            return False
        return self.two_way or self.has_turn

    @property
    def lost(self) -> bool:
        """Whether it has no connection at the moment."""
        return self._recovering is not None

    @property
    def busy(self) -> bool:
        """Whether something is under way that the peer or this side has to finish."""
        return bool(
            self.lost
            or self._outgoing
            or self._incoming
            or self._turn_asked
            or self._turn_wanted
            or self._releasing
        )

    @property
    def transfers(self) -> list[dict[str, Any]]:
        """The transfers in hand, and how many octets of each have gone or come."""
        found: list[dict[str, Any]] = []
        sending = self.endpoint.connection.association.outgoing
        if self._outgoing and sending:
            entry = self._outgoing
            octets = min(sending.offset, entry.octets)
            found.append(self._progress_of("out", entry.mts_identifier, octets, entry.octets))
        if self._incoming:
            found.append(self._progress_of("in", None, self._incoming.octets, None))
        return found

    def _progress_of(
        self, direction: str, mts_identifier: str | None, octets: int, length: int | None
    ) -> dict[str, Any]:
        return {
            "association": self.number,
            "direction": direction,
            "mts_identifier": mts_identifier,
            "octets": octets,
            "of": length,
        }

    def wake(self) -> None:
        """Look again: mail was queued."""
        self._woken.set()

    def release(self) -> None:
        """Release the association as soon as what is in hand is finished."""
        self._release_due = True
        self._woken.set()

    def give_up_sending(self) -> None:
        """Discard what is being sent, without blame: the MTA stops."""
        self._sending_ends = True
        self._woken.set()

    async def abort(self, reason: str) -> None:
        """End the association at once (RT-U-ABORT)."""
        self._stopped = True
        self._end = ("aborted", reason)
        if self._recovering:
            self._recovering.cancel()
        await self.endpoint.request(RtUAbort())
        self._woken.set()

    def succeed(self, endpoint: Endpoint) -> None:
        """Go on on another connection, because the peer lost this one, and says so there."""
        self._successor.offer(endpoint)
        self.endpoint.drop()

    async def run(self) -> tuple[AssociationState, str]:
        """Serve the association to its end: ("released" or "aborted", the reason)."""
        self._user.living(self)
        try:
            while self._end is None:
                await self._act()
                self._user.changed()
                indication = await self._next()
                if indication is not None:
                    await self._HANDLERS[type(indication)](self, indication)
            return self._end
        finally:
            for task in (self._receiving, self._recovering):
                if task:
                    task.cancel()
                    await asyncio.wait([task])
            self._successor.drop()
            if self._outgoing:
                _, reason = self._end or ("", "")
                let_go = self._user.put_back if self._stopped else self._user.failed
                let_go(self._outgoing, self, f"the association ended: {reason}")
            self._forget_incoming()

    async def _act(self) -> None:
        """Begin whatever the state allows: a transfer, a move of the turn, the release."""
        if self._outgoing and self._sending_ends and not self._abandoned:
            await self._abandon("the MTA stops")
        if self._outgoing or self._releasing:
            return
        if self.has_turn:
            if entry := self._user.take_entry(self):
                await self._transfer(entry)
            elif self._turn_wanted and not (self.initiated_locally and self._user.closing):
                await self._give_turn()
            elif self.initiated_locally and self._release_due:
                self._releasing = True
                await self.endpoint.request(RtClose())
        elif self.two_way and not (self._incoming or self._turn_asked) and self._needs_turn:
            self._turn_asked = True
            self._user.journal.turn(self.number, "asked")
            await self.endpoint.request(RtTurnPlease(self._turn_priority))

    @property
    def _needs_turn(self) -> bool:
        """Whether there is something to do that only the turn allows, and it is time to ask."""
        if self.initiated_locally:
            return self._user.has_mail(self) or self._release_due
        return self._user.has_mail(self) and (self._received_any or self._courtesy == 0)

    @property
    def _turn_priority(self) -> int:
        """How urgently the turn is wanted; to release the association is the most urgent."""
        waiting = self._user.most_urgent(self)
        return _TO_RELEASE if waiting is None else _TURN_PRIORITY[waiting]

    @property
    def _courtesy(self) -> float:
        """How many seconds the caller still has to begin."""
        return max(0.0, self._opened + _COURTESY - self._now)

    async def _transfer(self, entry: QueueEntry) -> None:
        self._outgoing = entry
        self._abandoned = False
        self._deadline = self._now + self._user.transfer_time(entry)
        self._user.changed()
        await self.endpoint.request(RtTransfer(self._user.apdu(entry)))

    async def _give_turn(self) -> None:
        self._turn_wanted = False
        self._user.journal.turn(self.number, "given")
        await self.endpoint.request(RtTurnGive())

    async def _next(self) -> RtPrimitive | None:
        """Wait for the peer, for new mail, or for the end of the association's lifetime."""
        if self._receiving is None and (indication := self.endpoint.received()):
            return indication
        self._receiving = self._receiving or asyncio.create_task(self.endpoint.receive())
        woken = asyncio.create_task(self._woken.wait())
        done, _ = await asyncio.wait(
            {self._receiving, woken},
            timeout=self._patience(),
            return_when=asyncio.FIRST_COMPLETED,
        )
        woken.cancel()
        self._woken.clear()
        if not done:
            await self._on_time()
        if self._receiving not in done:
            return None
        indication = self._receiving.result()
        self._receiving = None
        if indication is None:
            self._end = ("aborted", "the connection ended")
        return indication

    def _patience(self) -> float | None:
        """How many wall seconds until there is something to do unasked; None: never."""
        if self._outgoing:
            return max(0.0, self._deadline - self._now)
        if not self.initiated_locally:
            return self._courtesy or None
        if self.busy or self._release_due:
            return None
        return max(0.0, self._idle_since + self._lifetime - self._now)

    async def _on_time(self) -> None:
        """The time is over of a transfer or, when there is none, of the association."""
        if self._outgoing is None:
            self._release_due = self._release_due or self.initiated_locally
        elif self._abandoned:
            await self.endpoint.request(RtUAbort())
            self._end = ("aborted", "the peer does not answer")
        else:
            await self._abandon("the transfer timed out")

    async def _abandon(self, reason: str) -> None:
        self._abandoned = True
        self._deadline = self._now + _PATIENCE
        await self.endpoint.request(RtTransferAbandon(reason))

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _used(self) -> None:
        self._idle_since = self._now

    # What the peer did, by indication

    async def _on_turn_please(self, _: RtTurnPlease) -> None:
        self._turn_wanted = True
        self._user.journal.turn(self.number, "requested")

    async def _on_turn_give(self, _: RtTurnGive) -> None:
        self._turn_asked = False
        self._user.journal.turn(self.number, "received")

    async def _on_transfer_confirm(self, confirm: RtTransferConfirm) -> None:
        entry, self._outgoing = self._outgoing, None
        self._used()
        if entry is None:
            return
        if confirm.accepted:
            self._user.transferred(entry, self)
        elif self._sending_ends:
            self._user.put_back(entry, self, confirm.reason)
        else:
            self._user.failed(entry, self, confirm.reason)

    async def _on_transfer_start(self, _: RtTransferStart) -> None:
        self._forget_incoming()
        self._incoming = self._user.incoming(self)
        self._user.changed()

    async def _on_transfer_resume(self, indication: RtTransferResume) -> None:
        self._user.journal.resumed(self.number, indication.octets)

    async def _on_transfer_data(self, indication: RtTransferData) -> None:
        if self._incoming:
            try:
                self._incoming.feed(indication.octets)
            except (ProtocolError, UnavailableError) as error:
                await self._refuse(error)

    async def _on_checkpoint(self, indication: RtCheckpoint) -> None:
        if self._incoming:
            self._checkpoints.reached(indication.serial)

    async def _secure(self) -> None:
        if self._incoming:
            try:
                await self._incoming.secure()
            except UnavailableError as error:
                await self._refuse(error)

    async def _confirm(self, serial: int) -> None:
        if self._incoming:
            await self.endpoint.request(RtCheckpointSecured(serial))

    async def _on_transfer_end(self, _: RtTransferEnd) -> None:
        if not self._incoming:
            return
        self._checkpoints.stop()
        try:
            await self._incoming.accept()
        except (ProtocolError, UnavailableError) as error:
            await self._refuse(error)
            return
        self._incoming = None
        self._received_any = True
        self._used()
        await self.endpoint.request(RtTransferSecured())

    async def _on_transfer_discard(self, _: RtTransferDiscard) -> None:
        # A request for the turn that crossed the discard was purged with it (X.225 Annex A).
        self._turn_asked = False
        self._forget_incoming()

    async def _on_transfer_unreadable(self, indication: RtTransferUnreadable) -> None:
        self._forget_incoming()
        self._user.journal.protocol_error(self.endpoint.ends.peer, "rtse", indication.reason)

    async def _refuse(self, error: ProtocolError | UnavailableError) -> None:
        """Refuse the transfer with an exception report (X.225 8.3.25.3)."""
        self._forget_incoming()
        wrong = isinstance(error, ProtocolError)
        if wrong:
            self._user.journal.protocol_error(self.endpoint.ends.peer, "mts", str(error))
        reason = Reason.PROCEDURAL_ERROR if wrong else Reason.TEMPORARILY_UNABLE
        await self.endpoint.request(RtTransferRefuse(reason))

    def _forget_incoming(self) -> None:
        self._checkpoints.stop()
        if self._incoming:
            self._incoming.discard()
            self._incoming = None

    async def _on_close(self, _: RtClose) -> None:
        self._end = ("released", "")
        await self.endpoint.request(RtCloseAccept())

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
        if not self._may_recover(association):
            return False
        self._user.journal.recovery(self.number, self.endpoint.ends, "lost", reason)
        self._checkpoints.stop()
        self._recovering = asyncio.create_task(self._next_connection(association))
        await asyncio.wait([self._recovering])
        recovered = None if self._recovering.cancelled() else self._recovering.result()
        self._recovering = None
        if recovered is None:
            self._user.journal.recovery(self.number, self.endpoint.ends, "given up")
            return False
        await self.endpoint.close()
        self.endpoint = recovered
        self._turn_asked = self._turn_wanted = False
        self._user.living(self)
        self._user.journal.recovery(self.number, self.endpoint.ends, "recovered")
        return True

    def _may_recover(self, association: RtAssociation) -> bool:
        """Whether there may be something to go on with on another connection.

        The side that was called need not know: what the peer began may have been lost on its way,
        and so may the confirm of what is complete here.
        """
        progress, self._progress = self._progress, association.progress
        self._recoveries = self._recoveries + 1 if progress == self._progress else 1
        if self._user.closing or self._recoveries > self._max_recoveries:
            return False
        if self.initiated_locally:
            return association.in_hand or not association.has_turn
        return bool(association.outgoing or association.incoming or association.has_turn)

    async def _next_connection(self, association: RtAssociation) -> Endpoint | None:
        """Recover the association, or wait until the peer does; None: not in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._recovery_timeout):
                if self.initiated_locally:
                    return await self._user.recover(association)
                endpoint = await self._successor.take()
                endpoint.connection.adopt(association)
                await endpoint.request(RtRecoverAccept())
                return endpoint
        return None

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
