from ipaddress import ip_address

from mta_lab.engines.nftables.packet import Connection, of_syn
from tests.mta_lab.engines.boxes import SERVER, syn


def test_a_syn_becomes_a_packet_and_a_packet_a_syn() -> None:
    packet = of_syn(syn(SERVER))
    assert packet.version == 4
    assert packet.as_syn("outside") == syn(SERVER)


def test_ends_turn_round() -> None:
    ends = of_syn(syn(SERVER)).ends
    assert ends.turned().source == ends.destination
    assert ends.turned().turned() == ends


def test_one_end_changes() -> None:
    ends = of_syn(syn()).ends
    changed = ends.with_end("destination", ip_address(SERVER), 103)
    assert (changed.destination, changed.destination_port) == (ip_address(SERVER), 103)
    assert changed.with_end("destination", ends.destination, 102) == ends
    assert ends.with_end("source", ip_address(SERVER), 1).source == ip_address(SERVER)


def test_only_a_tracked_packet_has_a_connections_mark() -> None:
    packet = of_syn(syn())
    assert packet.tracked(mark=5) is packet
    known = type(packet)(packet.ends, connection=Connection(packet.ends, packet.ends))
    marked = known.tracked(mark=5).connection
    assert marked
    assert marked.mark == 5
