"""The seed, played once, and the page of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mta_lab.capture.folder import new_file
from mta_lab.lab.placement import Placement
from mta_lab.play.audience import Audience
from mta_lab.play.job import Job, play
from mta_lab.play.minutes import Minutes
from mta_lab.topology.play import PlayStep
from mta_lab.topology.reading import load_topology
from mta_lab.verdict.result import Result
from mta_lab.web.model.build import of_run
from mta_lab.web.model.page import Page
from tests.mta_lab.conftest import ROOT, own_name


@dataclass(frozen=True)
class Ran:
    """A run, and the page of it."""

    minutes: Minutes
    result: Result
    page: Page

    @property
    def capture(self) -> Path:
        return Path(self.result.capture.file)


def ran(name: str, directory: Path, subject: str = "") -> Ran:
    """Play a topology of the catalogue on loopback, its mail with that subject if one is given."""
    kept: list[Minutes] = []

    def audience(_placement: Placement, _lab: str) -> Audience:
        kept.append(Minutes(Audience()))
        return kept[0]

    topology = load_topology(ROOT / "labs" / f"{name}.yaml")
    if subject:
        steps = tuple(_about(step, subject) for step in topology.play)
        topology = topology.model_copy(update={"play": steps})
    capture = new_file(directory, name, datetime.now(UTC))
    job = Job(topology, own_name(f"page-{name}"), capture, "loopback")
    result = play(job, audience).result
    return Ran(kept[0], result, of_run(kept[0], result))


def _about(step: PlayStep, subject: str) -> PlayStep:
    if step.send is None:
        return step
    mail = step.send.model_copy(update={"subject": subject})
    return step.model_copy(update={"send": mail})


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran("q196381", tmp_path_factory.mktemp("page"))
