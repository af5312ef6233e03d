"""A topology with other settings of its hosts than the file has."""

from collections.abc import Mapping
from typing import Any

from labkit.config import Section
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import check
from mta_lab.topology.settings import by_host, change


def with_settings(topology: Topology, settings: Mapping[str, Any], since: str = "") -> Topology:
    """The topology in which hosts have `settings`, by the paths that `mta-lab set` takes.

    `since` is the lab time at which they were set, for the places. Raises ConfigurationError with
    the path that is wrong, or for what then does not fit together.
    """
    hosts: dict[str, Section] = {**topology.mtas, **topology.firewalls}
    for host, given in by_host(settings, hosts).items():
        hosts[host] = change(host, hosts[host], given, since)
    changed = topology.model_copy(
        update={
            "mtas": {name: hosts[name] for name in topology.mtas},
            "firewalls": {name: hosts[name] for name in topology.firewalls},
        }
    )
    check(changed)
    return changed
