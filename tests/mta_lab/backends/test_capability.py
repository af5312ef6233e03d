"""A capability for whatever a program starts."""

import subprocess
import sys
from collections.abc import Callable

import pytest

_PROGRAM = """
import subprocess, sys
from mta_lab.backends.capability import hand_on
hand_on()
subprocess.run(["grep", "Cap", "/proc/self/status"], check=True)
"""


@pytest.mark.parametrize("user", ["0", "65534"])
def test_what_is_started_has_the_one_and_no_other(
    user: str, needs_netns: Callable[[], None]
) -> None:
    """Of root it is asked without the rights that are root's by being root (SECBIT_NOROOT)."""
    needs_netns()
    as_user = ["setpriv", "--reuid", user, "--clear-groups", "--securebits", "+noroot"]
    capabilities = ["--inh-caps", "-all,+net_admin", "--ambient-caps", "-all,+net_admin"]
    command = [*as_user, *capabilities, "--bounding-set", "-all,+net_admin"]
    done = subprocess.run(
        [*command, sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    sets = dict(line.split(":\t") for line in done.stdout.splitlines())
    bit = f"{1 << 12:016x}"
    assert [sets[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == [bit] * 4


def test_who_does_not_have_it_is_told(needs_netns: Callable[[], None]) -> None:
    needs_netns()
    command = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--securebits", "+noroot"]
    done = subprocess.run(
        [*command, sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "CAP_NET_ADMIN: Operation not permitted" in done.stderr
