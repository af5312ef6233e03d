"""The Docker engines of a lab that has several: which hosts each has, and that they are one swarm.

The swarm is its people's: it is used here, and never begun, joined or left.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

from labkit.addresses import IPAddress, parse_address
from labkit.config import ConfigurationError
from labkit.problems import instead
from mta_lab.backends.docker import Docker
from mta_lab.topology.files import Topology

_ACTIVE = "active"


def spread_hosts(topology: Topology, engines: Sequence[str]) -> dict[str, str]:
    """The engine of each host: they take turns, in the order of the topology's hosts."""
    return dict(zip(topology.host_addresses(), cycle(engines), strict=False))


def by_engine(topology: Topology) -> Mapping[str, Sequence[str]]:
    """The hosts of each engine."""
    return {
        engine: [host for host, where in topology.engines.items() if where == engine]
        for engine in dict.fromkeys(topology.engines.values())
    }


@dataclass(frozen=True)
class Swarm:
    """The swarm of some engines."""

    manager: Docker
    addresses: Mapping[str, IPAddress]  # by engine, at which the others reach it


@dataclass(frozen=True)
class _Node:
    """What an engine is in its swarm."""

    engine: str
    identifier: str
    address: IPAddress
    manages: bool


def swarm_of(engines: Sequence[str]) -> Swarm:
    """The swarm that all of these engines are in; one of them manages it.

    Raises ConfigurationError where one does not answer, or is in no swarm or in another one.
    """
    nodes = [_node(each) for each in engines]
    named = f"--engines {','.join(engines)}"
    manager = next((each.engine for each in nodes if each.manages), None)
    if manager is None:
        raise ConfigurationError(
            f"{named}: none of them manages its swarm, and only a manager makes networks; name "
            "one that does: `docker node ls` works there"
        )
    members = Docker(manager)("node", "ls", "--format", "{{.ID}}").split()
    contexts: dict[str, str] = {}
    for node in nodes:
        if node.identifier not in members:
            raise ConfigurationError(
                f"{named}: {node.engine} is in another swarm than {manager}; name engines of one "
                f"swarm: `docker --context {manager} node ls` shows those of its"
            )
        if (other := contexts.setdefault(node.identifier, node.engine)) != node.engine:
            raise ConfigurationError(
                f"{named}: {other} and {node.engine} are contexts of one engine; name it once"
            )
    return Swarm(Docker(manager), {node.engine: node.address for node in nodes})


def _node(engine: str) -> _Node:
    """What the engine of a context is. Raises ConfigurationError when it is in no swarm."""
    docker = Docker(engine)
    if not docker.can("context", "inspect", engine):
        known = Docker()("context", "ls", "--format", "{{.Name}}").split()
        raise ConfigurationError(
            f"--engines: no Docker context {engine!r}; {instead(engine, known)}; "
            "`docker context create` makes one"
        )
    try:
        docker("version")
    except ConfigurationError as error:
        raise ConfigurationError(f"--engines: {engine}: no engine answers: {error}") from None
    found = json.loads(docker("info", "--format", "{{json .Swarm}}"))
    if found["LocalNodeState"] != _ACTIVE:
        raise ConfigurationError(
            f"--engines: {engine}: this engine is in no swarm ({found['LocalNodeState']}); the "
            "networks of the lab are overlays of a swarm of yours: `docker swarm init` on one "
            "engine, and `docker swarm join` on the others, make one"
        )
    return _Node(
        engine, found["NodeID"], parse_address(found["NodeAddr"]), found["ControlAvailable"]
    )
