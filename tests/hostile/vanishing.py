"""A network of a test's own, in which a machine can vanish: what it sends and gets is dropped."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mta_lab.lab.namespaces import entered
from tests.mta_lab.conftest import skip_without_netns

_DROPPED = """
table ip vanished {
    set machines { type ipv4_addr; }
    chain input {
        type filter hook input priority 0;
        ip saddr @machines drop
        ip daddr @machines drop
    }
}
"""
#: How often the kernel sends again what nobody acknowledges: for half a minute, and not for a
#: quarter of an hour.
_RETRIES = "6"


class Network:
    """Loopback in a namespace of its own. A machine is an address there."""

    def vanish(self, machine: str) -> None:
        """Let nothing reach it, and nothing of it reach others: neither a FIN nor a reset."""
        _nft(f"add element ip vanished machines {{ {machine} }}")

    def come_back(self, machine: str) -> None:
        """Pass on what it sends and gets."""
        _nft(f"delete element ip vanished machines {{ {machine} }}")


@contextmanager
def network() -> Iterator[Network]:
    """Be in such a network while the block runs. Skips the test where none can be made."""
    skip_without_netns()
    name = f"vanishing-{os.getpid()}"
    _run("ip", "netns", "add", name)
    try:
        with entered(Path("/run/netns", name)):
            _run("ip", "link", "set", "lo", "up")
            _nft(_DROPPED)
            _run("tee", "/proc/sys/net/ipv4/tcp_retries2", said=_RETRIES)
            yield Network()
    finally:
        _run("ip", "netns", "delete", name)


def _nft(commands: str) -> None:
    _run("nft", "-f", "-", said=commands)


def _run(*command: str, said: str = "") -> None:
    subprocess.run(command, input=said, text=True, check=True, capture_output=True)
