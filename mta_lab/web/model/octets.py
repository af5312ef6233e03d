"""The octets of the packets that a page shows, read from the capture file once more."""

from base64 import b64encode
from collections.abc import Collection
from pathlib import Path

from mta_emu.decode.capture import Capture
from mta_lab.web.model.page import Packet

_SHOWN = 2048  # octets: a TPKT of 2 KB less its header; nobody reads more


def packets(file: Path, frames: Collection[int]) -> dict[int, Packet]:
    """What TCP carried in these packets. Raises NotACapture or OSError."""
    return {
        segment.frame: Packet(
            octets=b64encode(segment.data[:_SHOWN]).decode(), length=len(segment.data) + segment.cut
        )
        for segment in Capture(file).segments()
        if segment.frame in frames and segment.data
    }
