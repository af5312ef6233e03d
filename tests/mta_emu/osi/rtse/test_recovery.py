"""Connections that are cut, and transfers that are refused: each APDU arrives once, whatever comes.

Two RTSEs with users that send, secure, refuse and pass the turn; between them a wire that carries
one TPDU at a time and is cut where the test says.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mta_emu.osi.rtse.association import RtAssociation
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPAbort,
    RtPrimitive,
    RtRecover,
    RtRecoverAccept,
    RtTransfer,
    RtTransferConfirm,
    RtTransferData,
    RtTransferDiscard,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferResume,
    RtTransferSecured,
    RtTransferStart,
    RtTurnGive,
    RtTurnPlease,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import ConnectionIdentifier, ExceptionReason
from mta_emu.osi.transport.connection import TransportConnection

NOBODY = Selectors()
NULL = b"\x05\x00"


def apdu(number: int, length: int) -> bytes:
    """A value of BER that tells which one it is."""
    contents = bytes((number,)) * length
    return b"\x04\x82" + len(contents).to_bytes(2, "big") + contents


@dataclass
class User:
    """Sends its outbox, keeps what comes in its inbox; refuses at the events in `refusals`."""

    outbox: list[bytes] = field(default_factory=list)
    inbox: list[bytes] = field(default_factory=list)
    refusals: set[int] = field(default_factory=set)
    refusal: ExceptionReason = ExceptionReason.TEMPORARILY_UNABLE
    partial: bytes = b""
    resumed: list[int] = field(default_factory=list)
    sending: bool = False
    asked: bool = False
    wanted: bool = False
    opened: bool = False
    recovering: bool = False
    lost: bool | None = None  # recoverable or not
    events: Iterator[int] = field(default_factory=count)

    @property
    def done(self) -> bool:
        return not self.outbox

    def new_connection(self) -> None:
        self.opened = self.asked = self.wanted = False
        self.lost = None

    def new_association(self) -> None:
        self.new_connection()
        self.recovering = False
        self.sending = False
        self.partial = b""

    def act(self, connection: RtseConnection, *, two_way: bool) -> None:
        if not self.opened or self.lost is not None:
            return
        if connection.may_transfer:
            if self.outbox and not self.sending:
                self.sending = True
                connection.request(RtTransfer(Octets(self.outbox[0])))
            elif self.wanted and not self.sending:
                self.wanted = False
                connection.request(RtTurnGive())
        elif two_way and self.outbox and not self.sending and not self.asked:
            self.asked = True
            connection.request(RtTurnPlease(1))

    def hear(self, connection: RtseConnection, indication: RtPrimitive) -> None:
        match indication:
            case RtOpenAccept() | RtRecoverAccept():
                self.opened = True
            case RtOpenReject(layer=layer):  # only the peer's RTSE says that there is no recovery
                self.lost = self.recovering and layer != "rtse"
            case RtPAbort():
                self.lost = indication.recoverable
            case RtTurnPlease():
                self.wanted = True
            case RtTurnGive():
                self.asked = False
            case RtTransferConfirm(accepted):
                self.sending = False
                if accepted:
                    self.outbox.pop(0)
            case RtCheckpoint() | RtTransferEnd():
                self.answer(connection, indication)
            case _:
                self.keep(indication)

    def keep(self, indication: RtPrimitive) -> None:
        match indication:
            case RtTransferStart() | RtTransferDiscard():
                self.partial = b""
            case RtTransferResume(_, octets):
                self.resumed.append(octets)
            case RtTransferData(octets):
                self.partial += octets
            case _:
                raise AssertionError(indication)

    def answer(self, connection: RtseConnection, indication: RtCheckpoint | RtTransferEnd) -> None:
        if next(self.events) in self.refusals:
            connection.request(RtTransferRefuse(self.refusal))
        elif isinstance(indication, RtCheckpoint):
            connection.request(RtCheckpointSecured(indication.serial))
        else:
            self.inbox.append(self.partial)
            connection.request(RtTransferSecured())


def tpdus(octets: bytes) -> Iterator[bytes]:
    while octets:
        length = int.from_bytes(octets[2:4], "big")
        yield octets[:length]
        octets = octets[length:]


class Pair:
    """Two users, the connection between them, and the association that it is part of."""

    def __init__(
        self,
        mode: Mode = Mode.NORMAL_1988,
        dialogue_mode: DialogueMode = DialogueMode.TWO_WAY_ALTERNATE,
        checkpoint_size: int = 1,
        window_size: int = 3,
        *,
        forward_first: bool = True,
        keep: bool = True,
    ) -> None:
        self.calling, self.called = User(), User()
        self.mode = mode
        self.dialogue_mode = dialogue_mode
        self.sizes = (checkpoint_size, window_size)
        self.forward_first = forward_first
        self.keep = keep  # whether the called side waits for a recovery
        self.numbers = count(1)
        self.delivered = 0
        self.opened = self.recovered = 0
        self.kept: dict[ConnectionIdentifier, RtAssociation] = {}
        self.octets = 0  # of all TPDUs delivered

    def identifier(self) -> ConnectionIdentifier:
        number = b"%06d000000Z" % next(self.numbers)
        form = b"\x04" if self.mode is Mode.NORMAL_1988 else b"\x14"
        return ConnectionIdentifier(form + b"\x01A", b"\x17\x0d" + number, b"\x14\x01x")

    def run(self, cuts: Iterable[int]) -> None:
        """Let the users work until both are done; cut at these counts of TPDUs delivered."""
        pending = iter(sorted(cuts))
        cut = next(pending, None)
        association: RtAssociation | None = None
        for _ in range(60):
            one, other = RtseConnection(initiator=True), RtseConnection(initiator=False)
            self._begin(one, association)
            while not (self.calling.done and self.called.done):
                if cut is not None and self.delivered >= cut:
                    cut = next(pending, None)
                    self._cut(one, other)
                    break
                if not self._step(one, other):
                    self._cut(one, other)
                    break
            else:
                return
            association = one.association if self.calling.lost else None
        raise AssertionError("no progress in 60 connections")

    def _begin(self, one: RtseConnection, association: RtAssociation | None) -> None:
        if association:
            self.calling.new_connection()
            self.calling.recovering = True
            self.called.new_connection()
            one.adopt(association)
            old, new = association.identifier, self.identifier()
            one.request(RtRecover(NOBODY, NOBODY, old, new, self.mode))
        else:
            self.calling.new_association()
            self.called.new_association()
            identifier = self.identifier()
            one.request(
                RtOpen(
                    NOBODY,
                    NOBODY,
                    NULL,
                    self.dialogue_mode,
                    *self.sizes,
                    identifier=identifier,
                    mode=self.mode,
                )
            )
            self.opened += 1

    def _step(self, one: RtseConnection, other: RtseConnection) -> bool:
        """Deliver one TPDU; False when there is none and nobody has one to send."""
        two_way = self.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE
        for connection in (one, other):
            queue = self._queues.setdefault(connection, [])
            user = self.calling if connection is one else self.called
            user.act(connection, two_way=two_way)
            while octets := connection.data_to_send():
                queue.extend(tpdus(octets))
        order = (one, other) if self.forward_first else (other, one)
        sender = next((each for each in order if self._queues[each]), None)
        if sender is None or None not in (self.calling.lost, self.called.lost):
            return False
        octets = self._queues[sender].pop(0)
        self.delivered += 1
        self.octets += len(octets)
        receiver = other if sender is one else one
        for indication in receiver.receive_data(octets):
            self._hear(receiver, indication, by_called=receiver is other)
        return True

    @property
    def _queues(self) -> dict[RtseConnection, list[bytes]]:
        return self.__dict__.setdefault("_on_the_wire", {})

    def _hear(self, connection: RtseConnection, indication: RtPrimitive, by_called: bool) -> None:
        match indication:
            case RtOpen():
                connection.request(RtOpenAccept(NULL, *self.sizes))
                self.called.opened = True
                self.kept = {connection.association.identifier: connection.association}
            case RtRecover(old_identifier=old, identifier=new):
                association = self.kept.get(old)
                if association is None or not self.keep:
                    connection.request(RtOpenReject(reason=1))
                    return
                connection.adopt(association)
                self.kept[new] = association
                self.recovered += 1
                self.called.opened = True
                connection.request(RtRecoverAccept())
            case _:
                user = self.called if by_called else self.calling
                user.hear(connection, indication)

    def _cut(self, one: RtseConnection, other: RtseConnection) -> None:
        for connection in (one, other):
            for indication in connection.receive_eof():
                self._hear(connection, indication, by_called=connection is other)
            self._queues.pop(connection, None)


LONG = apdu(7, 6000)  # five checkpoints and some more


def total(pair: Pair) -> int:
    pair.run(())
    return pair.delivered


@pytest.mark.parametrize("forward_first", [False, True])
@pytest.mark.parametrize("from_called", [False, True])
@pytest.mark.parametrize("window_size", [1, 3])
def test_cut_at_every_tpdu(
    mode: Mode, from_called: bool, forward_first: bool, window_size: int
) -> None:
    def pair() -> Pair:
        made = Pair(mode, window_size=window_size, forward_first=forward_first)
        (made.called if from_called else made.calling).outbox = [LONG, apdu(8, 10)]
        return made

    for cut in range(total(pair()) + 1):
        cut_there = pair()
        cut_there.run([cut])
        receiver = cut_there.calling if from_called else cut_there.called
        assert receiver.inbox == [LONG, apdu(8, 10)], cut
        assert cut_there.opened <= 2


@pytest.mark.parametrize("checkpoint_size", [0, 2])
def test_cut_at_every_tpdu_of_data_in_parts(
    mode: Mode, checkpoint_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent 700 octets at a time and kept 900 at a time, an RTTR is cut in its middle, too."""
    monkeypatch.setattr("mta_emu.osi.rtse.association._PIECE", 700)
    defaults = TransportConnection.__init__.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "max_tsdu_size", 900)

    def pair() -> Pair:
        made = Pair(mode, checkpoint_size=checkpoint_size)
        made.calling.outbox = [LONG, apdu(8, 10)]
        return made

    resumed = []
    for cut in range(total(pair()) + 1):
        cut_there = pair()
        cut_there.run([cut])
        assert cut_there.called.inbox == [LONG, apdu(8, 10)], cut
        resumed += cut_there.called.resumed
    assert any(octets % 2048 for octets in resumed)


@pytest.mark.parametrize("from_called", [False, True])
def test_cut_twice_at_every_pair_of_tpdus(from_called: bool) -> None:
    def pair() -> Pair:
        made = Pair(Mode.X410_1988, window_size=2)
        (made.called if from_called else made.calling).outbox = [apdu(7, 2000)]
        return made

    whole = total(pair())
    for first in range(4, whole):
        for second in range(first, whole + 10):
            cut_there = pair()
            cut_there.run([first, second])
            receiver = cut_there.calling if from_called else cut_there.called
            # twice when the word that it was complete (RTAB, transfer completed) is cut off too
            assert set(receiver.inbox) == {apdu(7, 2000)}, (first, second)


def test_what_was_confirmed_is_not_sent_again(mode: Mode) -> None:
    long = apdu(1, 60_000)  # 58 checkpoints
    whole = Pair(mode, checkpoint_size=1, window_size=3)
    whole.calling.outbox = [long]
    whole.run(())
    cut = Pair(mode, checkpoint_size=1, window_size=3)
    cut.calling.outbox = [long]
    cut.run([whole.delivered // 2])
    assert cut.recovered == 1
    assert cut.opened == 1
    (resumed,) = cut.called.resumed
    assert 25_000 < resumed < 35_000
    # no more than the window's checkpoints and the opening come twice
    assert cut.octets < whole.octets + 4 * 1100 + 600


def test_without_checkpoints_it_is_sent_again_whole(mode: Mode) -> None:
    long = apdu(1, 60_000)
    cut = Pair(mode, checkpoint_size=0)
    cut.calling.outbox = [long]
    cut.run([9])
    assert cut.called.inbox == [long]
    assert cut.recovered == 1
    assert cut.called.resumed == [0]  # to be discarded, and begun again


def test_after_the_recovery_timeout_it_is_sent_again_whole(mode: Mode) -> None:
    cut = Pair(mode, keep=False)
    cut.calling.outbox = [LONG]
    cut.run([10])
    assert cut.called.inbox == [LONG]
    assert (cut.opened, cut.recovered) == (2, 0)


@pytest.mark.parametrize(
    ("exception", "resumes"),
    [
        (ExceptionReason.TEMPORARILY_UNABLE, False),
        (ExceptionReason.PROCEDURAL_ERROR, False),
        (ExceptionReason.NON_SPECIFIC, True),
        (ExceptionReason.LOCAL_SS_USER_ERROR, True),
    ],
)
def test_refused_transfers_are_tried_again(
    mode: Mode, exception: ExceptionReason, resumes: bool
) -> None:
    pair = Pair(mode, window_size=1)
    pair.calling.outbox = [LONG]
    pair.called.refusals = {3}
    pair.called.refusal = exception
    pair.run(())
    assert pair.called.inbox == [LONG]
    assert pair.opened == 1
    assert bool(pair.called.resumed) is resumes


sizes = st.tuples(st.integers(0, 2), st.integers(1, 4))
outboxes = st.lists(st.integers(1, 5000), max_size=3)


@settings(max_examples=150)
@given(
    mode=st.sampled_from(Mode),
    dialogue_mode=st.sampled_from(DialogueMode),
    sizes=sizes,
    cuts=st.lists(st.integers(0, 80), max_size=6),
    lengths=st.tuples(outboxes, outboxes),
    refusals=st.tuples(st.sets(st.integers(0, 12)), st.sets(st.integers(0, 12))),
    exception=st.sampled_from(ExceptionReason),
    forward_first=st.booleans(),
    keep=st.booleans(),
)
def test_whatever_happens_each_apdu_arrives_once(
    mode: Mode,
    dialogue_mode: DialogueMode,
    sizes: tuple[int, int],
    cuts: list[int],
    lengths: tuple[list[int], list[int]],
    refusals: tuple[set[int], set[int]],
    exception: ExceptionReason,
    forward_first: bool,
    keep: bool,
) -> None:
    pair = Pair(mode, dialogue_mode, *sizes, forward_first=forward_first, keep=keep)
    onward = [apdu(number, length) for number, length in enumerate(lengths[0])]
    back = [apdu(number + 100, length) for number, length in enumerate(lengths[1])]
    if dialogue_mode is DialogueMode.MONOLOGUE:
        back = []
    pair.calling.outbox, pair.called.outbox = onward.copy(), back.copy()
    pair.calling.refusals, pair.called.refusals = refusals
    pair.calling.refusal = pair.called.refusal = exception
    pair.run(cuts)
    if keep and len(cuts) < 2:
        assert pair.called.inbox == onward
        assert pair.calling.inbox == back
    else:  # a confirm that was lost for good costs a duplicate, which its MTS identifier tells
        assert list(dict.fromkeys(pair.called.inbox)) == onward
        assert list(dict.fromkeys(pair.calling.inbox)) == back
