"""The lab in one call: a topology goes in, a result comes out."""

from pathlib import Path

from labkit.clock import LabClock
from labkit.loop import run as run_loop
from mta_lab.backends import Placement
from mta_lab.player import Setting, play
from mta_lab.processes import Observer
from mta_lab.result import Result
from mta_lab.verdict import judge


def run(
    placement: Placement,
    directory: Path,
    capture: Path,
    observer: Observer,
    *,
    time_scale: float | None = None,
    patience: float = 60.0,
) -> Result:
    """Play a topology where a backend placed it, and judge what was seen.

    The run keeps its files in `directory` and writes `capture`; `time_scale` (lab seconds a wall
    second) goes before the file's own; no step may take longer than `patience` wall seconds.
    Raises ConfigurationError when a host refuses its configuration, OSError when a file cannot
    be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    capture.parent.mkdir(parents=True, exist_ok=True)
    clock = LabClock(time_scale or placement.topology.time_scale)
    setting = Setting(placement, directory, capture, clock, patience)
    return judge(placement, run_loop(play(setting, observer)))
