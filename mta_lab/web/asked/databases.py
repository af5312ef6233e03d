"""What lies in the database of an MTA, read for the page as the MTA's own commands read it."""

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from labkit.config import ConfigurationError
from labkit.problems import instead
from mta_emu.mta.store.store import Store
from mta_lab.lab.directory import Lab

Result = TypeVar("Result")


def known(lab: Lab, host: str) -> None:
    """Raise ConfigurationError when the lab has no such MTA: nothing else names a directory."""
    if host not in lab.topology.mtas:
        raise ConfigurationError(f"no MTA {host!r}; {instead(host, [*lab.topology.mtas])}")


def read(lab: Lab, host: str, what: Callable[[Store], Result]) -> Result:
    """Read something of an MTA, whether it runs or not. Raises ConfigurationError, OSError."""
    known(lab, host)
    if engine := lab.topology.engines.get(host):
        raise ConfigurationError(
            f"{host} is on the engine {engine}, and so is its database; "
            f"mta-lab exec {host} mta-emu mail list reads it there"
        )
    with closing(Store.reader(lab.files(host).data)) as store:
        return what(store)
