"""One topology to play, as a value: any process can do it, several at a time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mta_lab.lab.directory import lab_directory
from mta_lab.lab.placement import Placement
from mta_lab.play import lifecycle
from mta_lab.play.audience import Audience
from mta_lab.topology.files import Topology
from mta_lab.verdict.result import Result


@dataclass(frozen=True)
class Job:
    """A topology, where to play it, and what becomes of what it leaves."""

    topology: Topology
    name: str  # of the lab
    capture: Path
    backend: str
    port: int | None = None
    time_scale: float | None = None
    timeout: float = 60.0
    keep: Path | None = None
    visited: bool = False


class Played(NamedTuple):
    """A result, and the wall seconds that it took."""

    result: Result
    seconds: float


def nobody(_placement: Placement, _lab: str) -> Audience:
    """The audience of a run that nobody watches."""
    return Audience()


def play(job: Job, audience: Callable[[Placement, str], Audience] = nobody) -> Played:
    """Play a topology where no other lab is. Raises like `lifecycle.run`."""
    begun = time.monotonic()
    directory = lab_directory(job.name)
    with lifecycle.placed(job.topology, directory, job.backend, job.port) as placement:
        result = lifecycle.run(
            placement,
            directory,
            job.capture,
            audience(placement, job.name),
            time_scale=job.time_scale,
            timeout=job.timeout,
            keep=job.keep,
            visited=job.visited,
        )
    return Played(result, time.monotonic() - begun)
