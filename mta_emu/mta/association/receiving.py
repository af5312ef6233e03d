"""What the peer transfers on one association: kept while it comes, answered for when it is whole.

Checkpoints are secured on the disk while more of the message comes (checkpoints.py).
"""

from collections.abc import Callable

from mta_emu.mta.association.checkpoints import Checkpoints
from mta_emu.mta.association.incoming import IncomingMessage
from mta_emu.mta.store.database import UnavailableError
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.primitives import (
    RtCheckpointSecured,
    RtPrimitive,
    RtTransferRefuse,
    RtTransferSecured,
)
from mta_emu.osi.session.primitives import ExceptionReason


class Receiver:
    """The incoming transfer of an association."""

    def __init__(
        self,
        begin: Callable[[], IncomingMessage],
        answer: Callable[[RtPrimitive], None],
        refused: Callable[[Exception], None],
        keep: Callable[[], None],
    ) -> None:
        """`begin` makes a new message, `answer` sends a response.

        `keep` keeps the association for another process, with a checkpoint that is secured.
        `refused` is called when the message cannot be taken: the peer is short of a protocol, or
        this side of space.
        """
        self._begin = begin
        self._answer = answer
        self._refused = refused
        self._keep = keep
        self._message: IncomingMessage | None = None
        self._checkpoints = Checkpoints(self._secure, self._confirm)

    @property
    def octets(self) -> int | None:
        """How many octets have come; None when nothing is coming."""
        return self._message.octets if self._message else None

    @property
    def message(self) -> IncomingMessage | None:
        """What is coming."""
        return self._message

    def go_on(self, message: IncomingMessage | None) -> None:
        """A message goes on that another process began, if there is one."""
        self._message = message

    def start(self) -> None:
        """A message begins; of one before it that did not end, nothing counts."""
        self.forget()
        self._message = self._begin()

    def feed(self, octets: bytes) -> None:
        """Octets of it have come."""
        if self._message:
            try:
                self._message.feed(octets)
            except (ProtocolError, UnavailableError) as error:
                self._refuse(error)

    def checkpoint(self, serial: int) -> None:
        """The peer wants to know what has come so far to be safe."""
        if self._message:
            self._checkpoints.reached(serial)

    async def end(self) -> bool:
        """It is whole; whether this side answers for it now."""
        if not self._message:
            return False
        self._checkpoints.stop()
        try:
            await self._message.accept()
        except (ProtocolError, UnavailableError) as error:
            self._refuse(error)
            return False
        self._message = None
        self._answer(RtTransferSecured())
        return True

    def pause(self) -> None:
        """The connection is lost: confirm nothing until the transfer goes on."""
        self._checkpoints.stop()

    def forget(self) -> None:
        """What has come does not count."""
        self._checkpoints.stop()
        if self._message:
            self._message.discard()
            self._message = None

    async def _secure(self) -> None:
        if self._message:
            try:
                await self._message.secure(self._keep)
            except UnavailableError as error:
                self._refuse(error)

    async def _confirm(self, serial: int) -> None:
        if self._message:
            self._answer(RtCheckpointSecured(serial))

    def _refuse(self, error: ProtocolError | UnavailableError) -> None:
        """Refuse the transfer with an exception report (X.225 8.3.25.3)."""
        self.forget()
        self._refused(error)
        wrong = isinstance(error, ProtocolError)
        reason = ExceptionReason.PROCEDURAL_ERROR if wrong else ExceptionReason.TEMPORARILY_UNABLE
        self._answer(RtTransferRefuse(reason))
