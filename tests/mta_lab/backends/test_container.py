"""How a container starts that must tell its kernel something first."""

import subprocess
import sys
from collections.abc import Callable

import pytest

_INTERFACE = (
    "ip link add outside type veth peer name other; ip addr add 203.0.113.10/24 dev outside; "
)
_START = f"{sys.executable} -m mta_lab.backends.container"


def in_a_namespace(script: str) -> subprocess.CompletedProcess[str]:
    command = ["unshare", "--net", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_host_takes_its_further_addresses_and_becomes_its_command(
    needs_netns: Callable[[], None],
) -> None:
    needs_netns()
    command = "sh -c 'ip -4 -br addr show outside'"
    done = in_a_namespace(
        _INTERFACE + f"{_START} NORTH 203.0.113.11 192.0.2.1 -- {command}",
    )
    assert done.returncode == 0, done.stderr
    addresses = done.stdout.split()[2:]
    assert addresses == ["203.0.113.10/24", "203.0.113.11/32"]  # 192.0.2.1 is in no network here


def test_a_firewall_that_cannot_be_set_up_is_wrong_configuration(
    needs_netns: Callable[[], None],
) -> None:
    needs_netns()
    done = in_a_namespace(f"cd /; {_START} firewall -- firewall-proxy serve config.yaml")
    assert done.returncode == 2
    assert "config.yaml: cannot be read" in done.stderr


def test_interfaces_get_the_names_of_the_file_and_then_routes(
    needs_netns: Callable[[], None],
) -> None:
    """Also one that is up, whose name another one wants."""
    needs_netns()
    made = "".join(
        f"ip link add {name} type bridge; ip addr add {at}/24 dev {name}; ip link set {name} up; "
        for name, at in (("eth0", "203.0.113.1"), ("eth1", "192.0.2.1"))
    )
    names = "203.0.113.1=eth1 192.0.2.1=inside"
    done = in_a_namespace(
        made + f"{_START} mta {names} 198.51.100.0/24@192.0.2.2 -- sh -c 'ip -4 route'"
    )
    assert done.returncode == 0, done.stderr
    assert [line.split()[:5] for line in done.stdout.splitlines()] == [
        ["192.0.2.0/24", "dev", "inside", "proto", "kernel"],
        ["198.51.100.0/24", "via", "192.0.2.2", "dev", "inside"],
        ["203.0.113.0/24", "dev", "eth1", "proto", "kernel"],
    ]


@pytest.mark.parametrize("arguments", ["NORTH", "NORTH 203.0.113.11"])
def test_there_must_be_a_command(arguments: str) -> None:
    done = subprocess.run(
        f"{_START} {arguments}", shell=True, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
