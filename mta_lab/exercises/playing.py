"""Plays a scenario, on loopback in this process if it can be, and gathers what it showed."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mta_emu.decode.capture import Capture
from mta_emu.decode.dissector import dissect
from mta_lab.backends.registry import BackendName
from mta_lab.capture.excerpt import View, write_excerpt
from mta_lab.exercises.evidence import Evidence
from mta_lab.lab.directory import lab_directory
from mta_lab.lab.placement import Placement
from mta_lab.play import lifecycle
from mta_lab.play.audience import Audience
from mta_lab.topology.files import Topology
from mta_lab.verdict.result import Result


@dataclass(frozen=True)
class Played:
    """What a run came to, and where it was."""

    topology: Topology
    placement: Placement
    result: Result

    def evidence(self, directory: Path, captures: Iterable[str]) -> Evidence:
        """The evidence of this run together with captures that lie in a directory."""
        read = {name: dissect(directory / name) for name in captures}
        segments = {name: [*Capture(directory / name).segments()] for name in read}
        return Evidence(self.topology, self.placement, self.result, read, segments)


def play(
    topology: Topology,
    directory: Path | None = None,
    views: Mapping[str, View] | None = None,
    where: BackendName = BackendName.LOOPBACK,
) -> Played:
    """Play a topology; write what each view shows to a file in `directory`.

    Raises ConfigurationError when the backend cannot show it, and like `lifecycle.run`.
    """
    lab = lab_directory(f"exercise-{os.getpid()}")
    with (
        TemporaryDirectory() as scratch,
        lifecycle.placed(topology, lab, where) as placement,
    ):
        whole = Path(scratch) / "run.pcapng"
        result = lifecycle.run(placement, lab, whole, Audience())
        if directory:
            for name, view in (views or {}).items():
                write_excerpt(whole, directory / name, placement, view)
    return Played(topology, placement, result)
