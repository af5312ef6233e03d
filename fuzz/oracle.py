"""What must hold whatever arrives: legal answers, an end that is told once, bounded memory."""

import pickle
from collections.abc import Callable, Iterable
from typing import Any, Generic

from fuzz.conversations import Machine
from mta_emu.decode.transport import Tsdus
from mta_emu.osi.session import spdu
from mta_emu.osi.session.spdu import Spdu
from mta_emu.osi.tpkt import TpktReader
from mta_emu.osi.transport.tpdu import DR, DT, ER
from mta_emu.osi.transport.tpdu import decode as decode_tpdu

_ANSWER_ALLOWANCE = 1 << 17  # octets that a machine may send because of one input
_MEMORY_ALLOWANCE = 1 << 16  # octets that it may hold beside a few times what it heard
_TIMES = 64

_LAST_TPDUS = {DR, ER}
_LAST_SPDUS = {Spdu.AB, Spdu.RF, Spdu.DN, Spdu.AA}


class Watched(Generic[Machine]):
    """A machine, its user, and somebody who listens to what it sends."""

    def __init__(self, machine: Machine, answer: Callable[[Machine, Iterable[Any]], None]) -> None:
        self.machine: Machine = machine
        self._answer: Callable[[Machine, Iterable[Any]], None] = answer
        self._tpkts, self._tsdus = TpktReader(), Tsdus()
        self._heard = self._said = 0
        self._last: Spdu | int | None = None
        self._aborts = 0

    def receive(self, octets: bytes) -> bytes:
        """Let octets arrive; what the machine says to them. A failed assertion is a finding."""
        ended = self.machine.closed
        said = self._after(self.machine.receive_data(octets))
        assert not (ended and said), "an ended machine still talks"
        self._heard += len(octets)
        self._said += len(said)
        assert self._said < _ANSWER_ALLOWANCE + _TIMES * self._heard, "it answers too much"
        return said

    def end(self) -> None:
        """The connection ends; nothing may come of anything after that."""
        self._after(self.machine.receive_eof())
        assert self.machine.closed, "the end of the connection is not the end"
        assert not self.machine.receive_data(b"\x03\x00\x00\x07\x02\xf0\x80")
        held = len(pickle.dumps(self.machine))
        assert held < _MEMORY_ALLOWANCE + _TIMES * self._heard, f"{held} octets are held"

    def _after(self, indications: list[Any]) -> bytes:
        self._answer(self.machine, indications)
        said: bytes = self.machine.data_to_send()
        self._listen(said)
        for indication in indications:
            if getattr(indication, "by_peer", None) is False:
                self._aborts += 1
                assert indication.reason, "aborted without a reason"
                assert self._told, f"{indication.reason}: and the peer is not told"
        assert self._aborts < 2, "aborted twice"
        return said

    def _listen(self, octets: bytes) -> None:
        """What is sent must be legal, whatever it answers."""
        for octets_of_tpdu in self._tpkts.feed(octets):
            tpdu = decode_tpdu(octets_of_tpdu)
            self._last = tpdu.code
            whole = self._tsdus.feed(tpdu) if tpdu.code == DT else None
            if whole:
                self._last = spdu.decode_tsdu(whole[0])[-1].spdu

    @property
    def _told(self) -> bool:
        """Whether the last word was one that refuses or aborts, or the connection is closed."""
        return self.machine.closed or self._last in _LAST_TPDUS | _LAST_SPDUS
