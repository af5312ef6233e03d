"""Transport service primitives."""

from mta_emu.osi.transport.primitives import TData, TDisconnect
from mta_emu.osi.transport.tpdu import DisconnectReason


def test_what_is_not_said_means_the_usual() -> None:
    """A whole TSDU; a peer that disconnected and gave no reason."""
    assert TData(b"x").last
    ended = TDisconnect("why")
    assert (ended.reason, ended.by_peer) == (DisconnectReason.NOT_SPECIFIED, True)
