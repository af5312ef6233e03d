"""The engine's machine does not answer for the hosts of a lab."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends import own_addresses
from mta_lab.backends.own_addresses import keep_silent, shared_with

OURS = IPv4Address("127.0.0.1")
SHARED, OTHER = "192.0.2.2", "192.0.2.3"

# A machine with an address, and the bridge of a lab's network on which a host has the same one.
_MACHINE = f"""
ip link set lo up
ip address add {SHARED} dev lo
ip link add bridge type bridge
exec "$@"
"""
_ASK = """
import sys
from ipaddress import IPv4Address
from pathlib import Path
from mta_lab.backends.own_addresses import keep_silent
keep_silent(["bridge"], map(IPv4Address, sys.argv[1:]))
print(Path("/proc/sys/net/ipv4/conf/bridge/arp_ignore").read_text("ascii").strip())
"""


def test_it_knows_what_it_has_itself() -> None:
    assert shared_with(map(IPv4Address, ("127.0.0.1", "203.0.113.77"))) == [
        IPv4Address("127.0.0.1")
    ]


@pytest.mark.parametrize(("hosts", "ignores"), [([SHARED, OTHER], "1"), ([OTHER], "0")])
def test_a_bridge_answers_for_its_own_addresses_alone_where_there_is_need(
    needs_netns: Callable[[], None], hosts: Sequence[str], ignores: str
) -> None:
    needs_netns()
    inside = ["unshare", "--net", "sh", "-ec", _MACHINE, "machine", sys.executable, "-c", _ASK]
    done = subprocess.run([*inside, *hosts], capture_output=True, text=True, check=False)
    assert done.stdout == f"{ignores}\n", done.stderr


def test_where_it_may_not_forbid_it_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidden:
        def __init__(self, _: object) -> None: ...

        def write_text(self, *_: object) -> None:
            raise PermissionError

    monkeypatch.setattr(own_addresses, "Path", Forbidden)
    with pytest.raises(ConfigurationError, match=r"this machine has 127\.0\.0\.1 itself.*as root"):
        keep_silent(["bridge"], [OURS])
    keep_silent(["bridge"], [IPv4Address("203.0.113.77")])  # nothing to forbid
