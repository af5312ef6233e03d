"""The octets of the packets that are shown."""

from base64 import b64decode

from mta_emu.decode.capture import Capture
from mta_lab.web.model.octets import packets
from tests.mta_lab.web.conftest import Ran


def test_what_tcp_carried_and_no_other_packet(seed: Ran) -> None:
    segments = {segment.frame: segment for segment in Capture(seed.capture).segments()}
    with_octets = {frame for frame, segment in segments.items() if segment.data}
    wanted = sorted(with_octets)[:3]
    silent = next(frame for frame in segments if frame not in with_octets)
    found = packets(seed.capture, {*wanted, silent, 10**9})
    assert [*found] == wanted
    for frame in wanted:
        assert b64decode(found[frame].octets) == segments[frame].data[:2048]
        assert found[frame].length == len(segments[frame].data)
