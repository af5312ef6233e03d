"""Captures of a run: what the kernel saw or, without CAP_NET_RAW, what the sockets said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labkit.records import Record
from mta_emu.decode.dissector import dissect
from mta_lab.capture.comments import comments
from mta_lab.capture.kernel import KernelCapture
from mta_lab.capture.pcapng import comment_packets
from mta_lab.capture.scene import X400_PORT, Scene
from mta_lab.lab.points import CapturePoint


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

    def __init__(self, file: Path, points: Sequence[CapturePoint], scene: Scene) -> None:
        """Capture what the hosts of the scene say over TCP into `file`."""
        self._file = file
        self._scene = scene
        self._kernel = KernelCapture.open(file, points, scene)

    @property
    def needs_taps(self) -> bool:
        """Whether the MTAs must write taps, because the kernel lets us see nothing."""
        return self._kernel is None

    def finish(self, taps: list[Path]) -> Capture:
        """Write what is left, after every captured process has ended."""
        if self._kernel is not None:
            packets, dropped = self._kernel.finish()
            return Capture(self._file, "kernel", packets, dropped, self._scene.port)
        from mta_lab.capture.sockets import write_conversations  # noqa: PLC0415 - scapy is slow

        packets = write_conversations(self._file, self._scene, taps)
        return Capture(self._file, "sockets", packets, 0, self._scene.port)


def explain(capture: Capture, records: Mapping[str, Sequence[Record]]) -> None:
    """Comment the packets at which what the MTAs said came about. Raises OSError."""
    comment_packets(capture.file, comments(dissect(capture.file, (capture.port,)), records))
