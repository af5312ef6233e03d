"""What a topology must not have when somebody else wrote a part of it, and it is played here.

A repair is played on this machine, by a teacher perhaps as root. So it runs no command, writes no
file, opens no door for others, and speaks to nobody outside of the exercise's own networks.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from labkit.addresses import ADDRESSES
from labkit.config import ConfigurationError
from mta_emu.mta.configuration.server import HttpDoor, SmtpDoor
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ProxyFirewall
from mta_lab.topology.play import PlayStep

_MOST_MESSAGES = 1000  # that a play sends


def require_harmless(topology: Topology, name: str) -> None:
    """Raise ConfigurationError, with a line per reason, when a topology is not harmless to play.

    `name` stands for where the topology was written.
    """
    if found := [*_dangers(topology)]:
        raise ConfigurationError("\n".join(f"{name}: {each}" for each in found))


def _dangers(topology: Topology) -> Iterator[str]:
    for program in topology.programs:
        yield f"programs.{program}: an exercise runs no command of yours"
    for host, firewall in topology.firewalls.items():
        if not isinstance(firewall, ProxyFirewall):
            yield f"firewalls.{host}.engine: only a proxy is played here"
        elif firewall.sysctls:
            yield f"firewalls.{host}.sysctls: the kernel's settings stay as they are"
    for number, step in enumerate(topology.play):
        if not _is_plain(step):
            yield f"play[{number}]: only mail is sent, and rest awaited"
    for where, value in _values(topology, ""):
        if isinstance(value, HttpDoor | SmtpDoor):
            yield f"{where}: an exercise opens no door for clients"
        elif isinstance(value, Path):
            yield f"{where}: {str(value)!r}: an exercise writes no file"
        elif isinstance(value, ADDRESSES) and not topology.network_of(value):
            yield f"{where}: {value} lies in no network of the exercise"


def _is_plain(step: PlayStep) -> bool:
    """Whether a step is one that a play with a repair has."""
    if step.send is not None:
        return step.send.count <= _MOST_MESSAGES
    return step.awaited is not None and step.awaited.seconds is None


def _values(value: object, where: str) -> Iterator[tuple[str, object]]:
    """A value and all below it, each with the path of its field; what was left out is harmless."""
    yield where, value
    below: Iterator[tuple[object, object]] = iter(())
    if isinstance(value, BaseModel):
        below = ((name, getattr(value, name)) for name in value.model_fields_set)
    elif isinstance(value, dict):
        below = iter(value.items())
        for key in value:
            yield where, key
    elif isinstance(value, list | tuple | set | frozenset):
        below = iter(enumerate(value))
    for name, each in below:
        yield from _values(each, f"{where}.{name}" if where else str(name))
