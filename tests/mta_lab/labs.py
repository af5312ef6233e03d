"""The labs of labs/, and which of them loopback can hold."""

from pathlib import Path

from mta_lab.backends import all_reach_all
from mta_lab.topology.reading import load_topology

DIRECTORY = Path(__file__).parents[2] / "labs"
LABS = sorted(path.stem for path in DIRECTORY.glob("*.yaml"))


def on_loopback(name: str) -> bool:
    """Whether loopback can hold a lab: its backend refuses what it cannot."""
    return not all_reach_all.problems(load_topology(DIRECTORY / f"{name}.yaml"))
