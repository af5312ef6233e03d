"""The labs that `docker compose up` put up: Compose's own, and here only looked at.

Their containers are found by the label that docker-compose.yml gives each host.
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from mta_emu.mta.log.status import ConnectorStatus

#: What such a lab has as its backend.
NAME = "docker compose"
LABEL = "x400.host"
_PROJECT = "com.docker.compose.project"
_PATIENCE = 10.0  # seconds


@dataclass(frozen=True)
class ComposedHost:
    """A host of such a lab."""

    container: str
    project: str  # what Compose calls the lab
    name: str
    addresses: tuple[str, ...]
    process: int | None  # None: it does not run

    def queue(self) -> tuple[ConnectorStatus, ...] | None:
        """An MTA's connectors with their queues; None when it does not answer."""
        said = _docker("exec", self.container, "mta-emu", "queue", "--json")
        if said is None:
            return None
        reader = TypeAdapter(ConnectorStatus)
        return tuple(reader.validate_json(line) for line in said.splitlines())


def composed_hosts() -> list[ComposedHost]:
    """The hosts of every such lab, by lab and name; none where no Docker engine answers."""
    found = (_docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}") or "").split()
    shown = _docker("inspect", *found) if found else None
    hosts = map(_host, json.loads(shown or "[]"))
    return sorted(hosts, key=lambda host: (host.project, host.name))


def _host(container: dict[str, Any]) -> ComposedHost:
    labels = container["Config"]["Labels"]
    networks = container["NetworkSettings"]["Networks"]
    return ComposedHost(
        container["Id"],
        labels.get(_PROJECT, "?"),
        labels[LABEL],
        tuple(_addresses(networks)),
        container["State"]["Pid"] or None,
    )


def _addresses(networks: dict[str, Any]) -> Iterator[str]:
    """Those of the file, also while the container does not run."""
    for network in networks.values():
        asked = (network.get("IPAMConfig") or {}).get("IPv4Address")
        if address := network.get("IPAddress") or asked:
            yield address


def _docker(*command: str) -> str | None:
    """What docker says; None when it cannot or will not."""
    program: Sequence[str] = ("docker", *command)
    try:
        done = subprocess.run(
            program, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout
