"""Labs side by side on loopback: each has a part of 127/8 of its own."""

import socket
import threading
from ipaddress import IPv4Address, IPv4Network

from mta_lab.backends.parts import PARTS, WHOLE, every_part, listened_at, own_part
from tests.patience import PATIENCE


def one_address(part: IPv4Network) -> list[IPv4Address]:
    return [part[1234]]


def test_the_parts_are_all_there_is() -> None:
    assert PARTS[0] == IPv4Network("127.0.0.0/14")
    assert sum(part.num_addresses for part in PARTS) == WHOLE.num_addresses


def test_two_have_two_parts_and_what_is_given_back_can_be_had_again() -> None:
    with own_part(one_address) as first:
        with own_part(one_address) as second:
            assert second != first
        with own_part(one_address) as again:
            assert again != first
    with own_part(lambda part: one_address(part) if part != first else []) as free:
        assert free in PARTS


def test_a_part_in_which_somebody_listens_is_left_alone() -> None:
    """As the hosts of a lab do that is up, and whose command has ended."""
    with own_part(one_address) as part:
        pass
    with socket.create_server((str(part[1234]), 0)) as listening:
        assert part[1234] in listened_at()
        with own_part(one_address) as other:
            assert other != part
        listening.close()
    assert part[1234] not in listened_at()


def test_who_wants_all_waits_for_the_others() -> None:
    all_mine, done = threading.Event(), threading.Event()

    def want_all() -> None:
        with every_part():
            all_mine.set()
            done.wait(PATIENCE)

    with own_part(one_address):
        waiting = threading.Thread(target=want_all)
        waiting.start()
        assert not all_mine.wait(0.2)
    assert all_mine.wait(PATIENCE)
    done.set()
    waiting.join(PATIENCE)
    with own_part(one_address):
        pass
