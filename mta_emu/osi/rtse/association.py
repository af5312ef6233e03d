"""What of an association outlives a session connection (X.228 7.8 and 7.9).

Both sides keep who holds the turn and how far each transfer has come. After a lost connection the
initiator recovers the association on another one, and the sender goes on from the last checkpoint
that was confirmed.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.lower import Data, Unwrapper
from mta_emu.osi.rtse.primitives import ApduSource, DialogueMode, Mode
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import ConnectionIdentifier, Part

_PIECE = 256 * 1024  # octets that are sent at once
_MAX_INTERRUPTIONS = 1  # of a transfer, without a checkpoint confirmed in between
#: How many times the window a peer may leave unconfirmed. ISODE in normal mode sets one checkpoint
#: more than the window allows; an abort would lose the message for ever.
WINDOW_TOLERANCE = 2
_MAX_NAMES = 16  # of a transfer: each time that a peer resumes it there is another


@dataclass(frozen=True)
class ActivityName:
    """An activity: its identifier, and the session connection that it was begun or resumed on."""

    connection: ConnectionIdentifier
    identifier: bytes


class Outgoing:
    """A transfer of this side's, from the first octet to the confirm of its end."""

    def __init__(self, source: ApduSource, checkpoint_size: int, window_size: int) -> None:
        """Send `source` in RTTRs of `checkpoint_size` octets; 0: in one."""
        self.source = source
        self.offset = 0  # of what is to be sent next
        self.confirmed = (0, 0)  # the last checkpoint confirmed: its serial number and offset
        self.names: list[ActivityName] = []  # that the peer may know it by, the surest one first
        self.given_up = ""  # why, once it is
        self.interruptions = 0  # since the last checkpoint was confirmed
        self.checkpointed = checkpoint_size > 0
        self._rttr_size = checkpoint_size or source.length
        self._rttr_start = self._rttr_end = 0  # offsets of the current RTTR
        self._window_size = window_size
        self._unconfirmed: deque[tuple[int, int]] = deque()

    @property
    def window_open(self) -> bool:
        """Whether another checkpoint may be set."""
        return len(self._unconfirmed) < self._window_size

    @property
    def is_stuck(self) -> bool:
        """Whether another interruption is one too many."""
        return self.interruptions >= _MAX_INTERRUPTIONS

    @property
    def can_be_kept(self) -> bool:
        """Whether another process could go on with it: a checkpoint is confirmed."""
        return self.confirmed[0] > 0 and not self.given_up

    @property
    def next_ends_rttr(self) -> bool:
        """Whether the next piece is the last of its RTTR."""
        return self._next_rttr()[1] - self.offset <= _PIECE

    @property
    def next_ends_apdu(self) -> bool:
        """Whether the next piece is the last of the APDU."""
        return self.next_ends_rttr and self._next_rttr()[1] == self.source.length

    def next_piece(self) -> Data:
        """The next octets to send, of the current RTTR or of the next one."""
        self._rttr_start, self._rttr_end = self._next_rttr()
        part = Part.BEGINNING if self.offset == self._rttr_start else Part.MIDDLE
        octets = self.source.read(self.offset, min(_PIECE, self._rttr_end - self.offset))
        self.offset += len(octets)
        if self.offset == self._rttr_end:
            part |= Part.END
        return Data(octets, part, self._rttr_end - self._rttr_start)

    def _next_rttr(self) -> tuple[int, int]:
        """Where the RTTR of the next piece begins and ends: the current one, or the next."""
        if self.offset < self._rttr_end:
            return self._rttr_start, self._rttr_end
        return self.offset, min(self.offset + self._rttr_size, self.source.length)

    def checkpoint_set(self, serial: int) -> None:
        """Note that a checkpoint follows what was sent."""
        self._unconfirmed.append((serial, self.offset))

    def checkpoint_confirmed(self, serial: int) -> None:
        """Note that the peer has secured everything up to a checkpoint, and so knows the name."""
        while self._unconfirmed and self._unconfirmed[0][0] <= serial:
            self.confirmed = self._unconfirmed.popleft()
        self.names = self.names[-1:]
        self.interruptions = 0

    def back_to_confirmed(self) -> None:
        """What was sent after the last confirmed checkpoint is to be sent again."""
        self.offset = self._rttr_end = self.confirmed[1]
        self._unconfirmed.clear()

    def go_on(self, confirmed: tuple[int, int], names: Iterable[ActivityName]) -> None:
        """Be where another process was when a checkpoint was confirmed."""
        self.confirmed, self.names = confirmed, list(names)
        self.back_to_confirmed()

    def back_to_start(self) -> None:
        """Everything is to be sent again, as another activity."""
        self.confirmed = (0, 0)
        self.names.clear()
        self.back_to_confirmed()


class Incoming:
    """A transfer of the peer's, from its start until another one starts."""

    def __init__(self, reader: Unwrapper, name: ActivityName, window_size: int) -> None:
        self.names = deque([name], _MAX_NAMES)  # that the peer may know it by
        self.complete = False  # secured by the user: this side answers for the APDU
        self.kept = 0  # octets of RTTRs that the user has
        self.wrapping = b""  # octets of RTTRs before those of the APDU
        self._as_they_are = True  # the octets of the APDU, after these
        self._reader = reader
        self._position = 0  # octets of RTTRs up to which the current connection has come
        self.window_size = window_size  # as agreed
        self._confirmed = self._last = 0  # serial numbers
        self._checkpoints = {0: 0}  # serial number: position

    def feed(self, octets: bytes) -> bytes:
        """The octets of the APDU that an RTTR brought; those that came before are passed over."""
        self._position += len(octets)
        new = self._position - self.kept
        if new <= 0:
            return b""
        begun = self.kept > len(self.wrapping)
        self.kept = self._position
        octets = octets[-new:]
        found = self._reader.feed(octets)
        around = new - len(found)
        if begun:
            self._as_they_are &= not around
        else:
            self.wrapping += octets[:around]
            self._as_they_are = octets[around:] == found
        return found

    @property
    def can_be_kept(self) -> bool:
        """Whether another process could go on with it."""
        return self._as_they_are and not self.complete

    def go_on(self, wrapping: bytes, received: int, checkpoints: Mapping[int, int]) -> None:
        """Be where another process was when so many octets of the APDU had come.

        What they were does not matter here. Raises ProtocolError when they are no APDU's.
        """
        if self.feed(wrapping):
            raise ProtocolError("octets of the APDU before its own")
        for start in range(0, received, _PIECE):
            octets = bytes(min(_PIECE, received - start))
            if self.feed(octets) != octets:
                raise ProtocolError("octets of the APDU that are none")
        self._checkpoints = dict(checkpoints)

    def checkpoints_up_to(self, position: int) -> list[tuple[int, int]]:
        """The serial numbers and positions of the checkpoints that lie no further."""
        return [each for each in self._checkpoints.items() if each[1] <= position]

    def checkpoint(self, serial: int) -> None:
        """The peer set a checkpoint; it may go on from there until it is confirmed."""
        self._last = serial
        self._checkpoints[serial] = self._position
        self._checkpoints.pop(serial - self.tolerated - 1, None)

    @property
    def unconfirmed(self) -> int:
        """How many checkpoints wait for their confirmation."""
        return self._last - self._confirmed

    @property
    def tolerated(self) -> int:
        """How many checkpoints may wait for their confirmation."""
        return WINDOW_TOLERANCE * self.window_size

    def checkpoint_confirmed(self, serial: int) -> None:
        """The user has secured everything up to a checkpoint."""
        self._confirmed = serial

    def can_resume(self, serial: int) -> bool:
        """Whether the peer can go on after a checkpoint."""
        return serial in self._checkpoints

    def resume(self, serial: int, name: ActivityName) -> None:
        """The peer goes on after a checkpoint, under another name."""
        self._position = self._checkpoints[serial]
        self._confirmed = self._last = serial
        self.names.append(name)


@dataclass
class RtAssociation:
    """An association, whichever session connection it lives on.

    Sizes as agreed: `checkpoint_size` in units of 1024 octets. `identifier` is that of the last
    session connection on which it was opened or recovered.
    """

    mode: Mode = Mode.NORMAL_1988
    called: Selectors = Selectors()
    calling: Selectors = Selectors()
    dialogue_mode: DialogueMode = DialogueMode.MONOLOGUE
    checkpoint_size: int = 0
    window_size: int = 1
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    has_turn: bool = False
    activities: int = 0
    outgoing: Outgoing | None = field(default=None, repr=False)
    incoming: Incoming | None = field(default=None, repr=False)

    @property
    def is_two_way(self) -> bool:
        """Whether the turn may move."""
        return self.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE

    @property
    def in_hand(self) -> bool:
        """Whether a transfer has begun that is not complete."""
        return bool(self.outgoing or (self.incoming and not self.incoming.complete))

    @property
    def progress(self) -> tuple[int, int]:
        """How far the transfers have come for certain, in octets: sent, and received."""
        sent = self.outgoing.confirmed[1] if self.outgoing else 0
        return sent, self.incoming.kept if self.incoming else 0

    def next_activity(self) -> ActivityName:
        """A name for another activity of this side's: the BER of an INTEGER (X.228 7.3.1)."""
        self.activities += 1
        number = self.activities
        octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
        return ActivityName(self.identifier, ber.tlv(b"\x02", octets))
