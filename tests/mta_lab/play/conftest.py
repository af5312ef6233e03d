"""The seed, placed on loopback and ready to be started."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mta_lab.backends.loopback import Loopback
from mta_lab.lab.configuration import configure
from mta_lab.lab.directory import Lab
from mta_lab.lab.processes import end, processes_of
from mta_lab.play.hosts import Hosts
from mta_lab.topology.play import PlayStep
from mta_lab.topology.reading import load_topology
from tests.patience import PATIENCE

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab that is written down; nothing runs in it yet, and nothing is left running."""
    placement = Loopback().place(load_topology(SEED), 10142)
    lab = Lab(
        name="lab",
        placement=placement,
        scale=60,
        origin=datetime.now(UTC),
        directory=tmp_path / "lab",
    )
    lab.directory.mkdir()
    lab.save()
    configure(lab)
    yield lab
    end([*processes_of(lab.directory)])


@pytest.fixture
async def up(lab: Lab) -> AsyncIterator[Lab]:
    """The lab with its hosts running."""
    hosts = Hosts(lab, Loopback(), PATIENCE)
    try:
        await hosts.start()
        yield lab
    finally:
        await hosts.stop()


@pytest.fixture
def playing(lab: Lab) -> Callable[..., Lab]:
    """The lab with another play."""

    def change(*steps: dict[str, object]) -> Lab:
        play = tuple(map(PlayStep.model_validate, steps))
        topology = lab.topology.model_copy(update={"play": play})
        placement = lab.placement.model_copy(update={"topology": topology})
        return lab.model_copy(update={"placement": placement})

    return change
