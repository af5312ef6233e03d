"""The connectors of a lab that is up, as an operator has them: how they stand, and "call now"."""

from labkit.config import ConfigurationError
from labkit.problems import instead
from mta_emu.mta.controlclient import ControlError, Message, ask, status
from mta_emu.mta.log.status import ConnectorStatus
from mta_lab.lab.directory import Lab


async def connectors(lab: Lab) -> list[tuple[str, ConnectorStatus]]:
    """Each MTA's connectors with their queues; those of one that does not run are left out."""
    found: list[tuple[str, ConnectorStatus]] = []
    for host in lab.topology.mtas:
        try:
            its = (await status(lab.files(host).data)).connectors
        except ControlError:
            continue
        found += [(host, each) for each in its]
    return found


async def call_now(lab: Lab, host: str, connector: str) -> Message:
    """Let a connector call, whatever its retry timer says: `association`, `state`, `reason`.

    Raises ConfigurationError when the lab has no such MTA, and ControlError when this does not run
    or has no such connector.
    """
    if host not in lab.topology.mtas:
        raise ConfigurationError(f"no MTA {host!r}; {instead(host, [*lab.topology.mtas])}")
    return await ask(lab.files(host).data, {"command": "call", "connector": connector})
