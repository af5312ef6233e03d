"""Policy routing of a firewall's machine: rules, and the tables that they lead to, by iproute2."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from typing import Protocol

from labkit.config import ConfigurationError
from mta_lab.engines.localrouting import OF_IPV6


class PolicyRouting(Protocol):
    """What has rules and tables, as a topology's firewalls have them."""

    @property
    def rules(self) -> Sequence[str]:
        """Each what follows `ip rule add`."""

    @property
    def tables(self) -> Mapping[int, Sequence[str]]:
        """By number, routes: each what follows `ip route add`."""


def add(its: PolicyRouting) -> None:
    """Add rules and tables in the network namespace of this thread. Raises ConfigurationError."""
    for rule in its.rules:
        _ip("rule", rule)
    for number, routes in its.tables.items():
        for route in routes:
            _ip("route", f"{route} table {number}")


def _ip(part: str, text: str) -> None:
    """Add a rule or route as iproute2 writes it; `-6` before it makes it one of IPv6."""
    words = shlex.split(text)
    version = [words.pop(0)] if words[:1] == [OF_IPV6] else []
    command = ["ip", *version, part, "add", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip()
        raise ConfigurationError(f"{' '.join(command)}: {said}")
