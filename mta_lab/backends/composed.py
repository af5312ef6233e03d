"""A lab that docker-compose.yml put up, as the container sees it that has its page.

That container is on none of the lab's networks and has no way to the engine. It shares the
directories of the hosts, and what works by these works there.
"""

from firewall_proxy.config import Configuration
from labkit.config import ConfigurationError
from mta_lab.backends.compose import Compose
from mta_lab.backends.compose_up import NAME
from mta_lab.backends.loopback import unmoved
from mta_lab.lab.directory import Lab
from mta_lab.lab.placement import Placement
from mta_lab.topology.files import Topology


class Composed(Compose):
    """The backend of such a lab: no host can be started, and no network changed."""

    name = NAME
    processes_are_here = False

    def place(self, topology: Topology, port: int | None = None) -> Placement:
        """Every address stays what it is; `mta-lab fits` has compared them."""
        return unmoved(self.name, topology, port)

    def set_up_firewall(self, lab: Lab, host: str, firewall: Configuration) -> None:
        """Raise ConfigurationError: the kernel of another container is out of reach."""
        raise ConfigurationError(
            f"{host}.tunnels: what {host} routes is set up when its container starts: "
            "LAB=q196381-tunnel docker compose up puts up a lab with a tunnel"
        )
