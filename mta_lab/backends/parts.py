"""Parts of 127.0.0.0/8: while a lab is played, one of them is its own.

Who has a part has an abstract socket by its name, in the network namespace whose addresses these
are: the kernel gives it back when the process ends, however it ends. A lab that stays up does not
keep it; there its hosts listen, which /proc shows without a packet.
"""

import socket
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Network
from itertools import cycle

from labkit.addresses import IPAddress
from labkit.interrupts import interruptible
from labkit.sockets import LISTENING, tcp_sockets

WHOLE = IPv4Network("127.0.0.0/8")
PARTS = tuple(WHOLE.subnets(new_prefix=14))

_PAUSE = 0.05  # seconds until parts that others have are tried again: the kernel says nothing


@contextmanager
def own_part(addresses: Callable[[IPv4Network], Collection[IPAddress]]) -> Iterator[IPv4Network]:
    """Have a part of 127/8 while the block runs; wait for it while others have all.

    `addresses` are those that would be used of a part: nobody listens at one of them.
    """
    with ExitStack() as held:
        for part in cycle(PARTS):
            if not {*addresses(part)} & listened_at() and _take(part, held):
                break
            if part == PARTS[-1]:
                _pause()
        yield part


@contextmanager
def every_part() -> Iterator[None]:
    """Have the whole of 127/8 while the block runs, when all others have given theirs back."""
    with ExitStack() as held:
        for part in PARTS:  # in their order: two who want all cannot wait for each other
            while not _take(part, held):
                _pause()
        yield


def listened_at() -> set[IPAddress]:
    """The addresses at which somebody listens, in the network namespace of this thread."""
    return {each.local.address for each in tcp_sockets() if each.state == LISTENING}


def _pause() -> None:
    with interruptible():
        time.sleep(_PAUSE)


def _take(part: IPv4Network, held: ExitStack) -> bool:
    """Take a part, if nobody has it."""
    lock = socket.socket(socket.AF_UNIX)
    try:
        lock.bind(f"\0mta-lab-{part}")
    except OSError:
        lock.close()
        return False
    held.enter_context(lock)
    return True
