"""The labs of labs/, with settings changed as `mta-lab set` would."""

from datetime import UTC, datetime
from pathlib import Path

from mta_lab.rehearsal.predict import predict
from mta_lab.rehearsal.prediction import Prediction
from mta_lab.topology.files import Topology, load_topology
from mta_lab.topology.settings import by_host, change, parse_settings

LABS = Path(__file__).parents[3] / "labs"
NOW = datetime(1998, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


def lab(name: str, *settings: str) -> Topology:
    """A lab with settings, each as PATH=VALUE."""
    topology = load_topology(LABS / f"{name}.yaml")
    mtas, firewalls = dict(topology.mtas), dict(topology.firewalls)
    for host, given in by_host(parse_settings(list(settings)), [*mtas, *firewalls]).items():
        for hosts in (mtas, firewalls):
            if host in hosts:
                hosts[host] = change(host, hosts[host], given)
    return topology.model_copy(update={"mtas": mtas, "firewalls": firewalls})


def predicted(
    topology: Topology, sender: str = "NORTH", receiver: str | None = "SOUTH"
) -> Prediction:
    """What becomes of the mail of one pair."""
    found = {(each.sender, each.receiver): each for each in predict(topology, NOW)}
    return found[sender, receiver]
