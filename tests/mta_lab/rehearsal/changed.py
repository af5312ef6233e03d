"""The labs of labs/, with settings changed as `mta-lab set` would."""

from datetime import UTC, datetime
from pathlib import Path

from mta_lab.rehearsal.predict import predict
from mta_lab.rehearsal.prediction import Prediction
from mta_lab.topology.changed import with_settings
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import load_topology
from mta_lab.topology.settings import parse_settings

LABS = Path(__file__).parents[3] / "labs"
NOW = datetime(1998, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


def lab(name: str, *settings: str) -> Topology:
    """A lab with settings, each as PATH=VALUE."""
    return with_settings(load_topology(LABS / f"{name}.yaml"), parse_settings(settings))


def predicted(
    topology: Topology, sender: str = "NORTH", receiver: str | None = "SOUTH"
) -> Prediction:
    """What becomes of the mail of one pair."""
    found = {(each.sender, each.receiver): each for each in predict(topology, NOW)}
    return found[sender, receiver]
