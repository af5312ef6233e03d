"""Programs: the hosts of a topology that are no MTA and no firewall, and the command of each.

A host may have no command. Then it stands for a machine that listens at the ports given: what
predicts and traces knows it, and nothing runs there.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from firewall_proxy.config import Port
from labkit.addresses import IPAddress
from labkit.config import Section
from mta_lab.topology.firewalls import Route

_ADDRESS, _PORT = "{address}", "{port}"


def _listed(value: object) -> object:
    return value if isinstance(value, Sequence | None) else (value,)


def _plain(ports: tuple[int, ...]) -> int | list[int]:
    return ports[0] if len(ports) == 1 else [*ports]


Ports = Annotated[tuple[Port, ...], BeforeValidator(_listed), PlainSerializer(_plain)]


class Program(Section):
    """A host with a command of its own: another MTA, a probe, a client."""

    address: IPAddress
    """Its address, which lies in one of the networks."""
    port: Ports = ()
    """The TCP port that it listens at, or several; none for one that only calls."""
    command: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """The program and its arguments, in which {address} and {port} stand for the host's own."""
    routes: tuple[Route, ...] = ()
    """Its routes besides those that follow from the networks."""

    def arguments(self) -> list[str]:
        """The command with the host's address and (first) port in it."""
        values = {_ADDRESS: str(self.address)}
        if self.port:
            values[_PORT] = str(self.port[0])
        return [_filled(each, values) for each in self.command]

    def __str__(self) -> str:
        """What runs there and where it listens, for people."""
        what = self.command[0] if self.command else "no program"
        ports = ", ".join(map(str, self.port))
        return f"{what}, port {ports}" if ports else what

    def has_unknown_port(self) -> bool:
        """Whether the command asks for a port, and the host has none."""
        return not self.port and any(_PORT in each for each in self.command)


def _filled(argument: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        argument = argument.replace(name, value)
    return argument
