"""Two whole stacks joined in memory."""

from collections.abc import Callable

import pytest

from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    RtCheckpoint,
    RtCheckpointSecured,
    RtOpen,
    RtOpenAccept,
    RtPrimitive,
    RtTransferData,
    RtTransferEnd,
    RtTransferSecured,
)
from mta_emu.osi.selectors import Selectors

NULL = b"\x05\x00"


class Stacks:
    """A calling and a called RTSE, and the octets that passed between them, in order."""

    def __init__(self, local: Selectors | None = None, mode: Mode = Mode.NORMAL_1988) -> None:
        self.mode = mode
        self.calling = RtseConnection(initiator=True)
        self.called = RtseConnection(initiator=False, local=local)
        self.wire: list[tuple[bool, bytes]] = []  # (from the calling side, octets)

    def run(self) -> tuple[list[RtPrimitive], list[RtPrimitive]]:
        """Carry octets until there are none: what the calling and the called side hear."""
        heard: tuple[list[RtPrimitive], list[RtPrimitive]] = ([], [])
        while True:
            onward, back = self.calling.data_to_send(), self.called.data_to_send()
            if not onward and not back:
                return heard
            for from_calling, octets in ((True, onward), (False, back)):
                if octets:
                    self.wire.append((from_calling, octets))
            heard[1].extend(self.called.receive_data(onward) if onward else [])
            heard[0].extend(self.calling.receive_data(back) if back else [])

    def open(
        self,
        dialogue_mode: DialogueMode = DialogueMode.TWO_WAY_ALTERNATE,
        checkpoint_size: int = 1,
        window_size: int = 3,
    ) -> "Stacks":
        nobody = Selectors()
        request = RtOpen(
            nobody, nobody, NULL, dialogue_mode, checkpoint_size, window_size, mode=self.mode
        )
        self.calling.request(request)
        self.run()
        self.called.request(RtOpenAccept(NULL, checkpoint_size, window_size))
        self.run()
        return self

    def secure(self, side: RtseConnection) -> bytes:
        """Let `side` take the transfer that comes, to its end; the octets of the APDU."""
        octets = b""
        while True:
            heard = self.run()[side is self.called]
            for indication in heard:
                match indication:
                    case RtTransferData(part):
                        octets += part
                    case RtCheckpoint(serial):
                        side.request(RtCheckpointSecured(serial))
                    case RtTransferEnd():
                        side.request(RtTransferSecured())
                        return octets


@pytest.fixture(params=Mode, ids=lambda mode: mode.value)
def mode(request: pytest.FixtureRequest) -> Mode:
    chosen: Mode = request.param
    return chosen


@pytest.fixture
def stacks(mode: Mode) -> Stacks:
    return Stacks(mode=mode).open()


@pytest.fixture
def make_stacks() -> Callable[..., Stacks]:
    return Stacks
