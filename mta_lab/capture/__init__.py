"""Captures of a run: what the kernel saw or, without CAP_NET_RAW, what the sockets said."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mta_lab.backends import CapturePoint
from mta_lab.capture.kernel import KernelCapture
from mta_lab.capture.sockets import write_conversations

X400_PORT = 102  # Wireshark takes it for TPKT unasked


@dataclass(frozen=True)
class Capture:
    """A finished capture file."""

    file: Path
    method: Literal["kernel", "sockets"]
    packets: int
    dropped: int  # by the kernel, because the reader was too slow
    port: int

    @property
    def decode_as(self) -> str | None:
        """The decode-as rule that Wireshark needs for it, None on port 102."""
        return None if self.port == X400_PORT else f"tcp.port=={self.port},tpkt"


class Recorder:
    """Captures one run on one machine: `start` it before the hosts, `finish` it after them.

    It is the kernel's view of the interfaces where the process may have it (CAP_NET_RAW), else it
    is built from the taps that the MTAs leave in `taps`.
    """

    def __init__(
        self,
        file: Path,
        points: Sequence[CapturePoint],
        addresses: frozenset[str],
        port: int,
    ) -> None:
        """Capture TCP to and from `port` between `addresses` into `file`."""
        self._file = file
        self._port = port
        self._interface = points[0].interface
        self._kernel = KernelCapture.open(file, points, addresses, port)

    @property
    def needs_taps(self) -> bool:
        """Whether the MTAs must write taps, because the kernel lets us see nothing."""
        return self._kernel is None

    def finish(self, taps: list[Path]) -> Capture:
        """Write what is left, after every captured process has ended."""
        if self._kernel is not None:
            packets, dropped = self._kernel.finish()
            return Capture(self._file, "kernel", packets, dropped, self._port)
        packets = write_conversations(self._file, self._interface, taps)
        return Capture(self._file, "sockets", packets, 0, self._port)
