"""Changes a lab that is up: settings of its hosts, and faults of its networks."""

from collections.abc import Mapping
from typing import Any

from mta_lab.backends.registry import backend
from mta_lab.lab.directory import Lab
from mta_lab.play.hosts import Hosts
from mta_lab.topology.faults import Fault


async def change(
    lab: Lab, settings: Mapping[str, Any], patience: float, *, restart: bool = False
) -> None:
    """Let hosts take settings, as `Hosts.change` has it; none waits longer than `patience` s.

    Raises ConfigurationError, NotInTimeError, HostFailedError.
    """
    hosts = Hosts(lab, backend(lab.placement.backend), patience)
    hosts.attach()
    await hosts.change(settings, restart=restart)
    hosts.leave()


async def disturb(lab: Lab, wanted: Fault) -> None:
    """Bring a fault about, or lift those at its place; one that is to last so long ends then.

    Raises ConfigurationError when the place is not there or the backend cannot do it.
    """
    hosts = Hosts(lab, backend(lab.placement.backend), 0)
    if not wanted.lasting:
        await hosts.disturb(wanted)
        return
    try:
        await hosts.disturb(wanted)
        await lab.clock.sleep(wanted.lasting)
    finally:
        await hosts.relieve(wanted)
