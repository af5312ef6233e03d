"""A lab's life: up, played, down; each removes first what an earlier one left."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from labkit.clock import LabClock
from labkit.interrupts import interruptible, terminable, undisturbed
from labkit.loop import run as run_loop
from mta_lab.backends import Backend
from mta_lab.backends.registry import backend
from mta_lab.capture import explain
from mta_lab.lab import processes
from mta_lab.lab.configuration import configure
from mta_lab.lab.directory import Lab, find, held
from mta_lab.lab.placement import Placement
from mta_lab.play.audience import Audience
from mta_lab.play.hosts import Hosts
from mta_lab.play.stage import Stage
from mta_lab.topology.files import Topology
from mta_lab.verdict.judge import Observation, judge
from mta_lab.verdict.result import Result


@contextmanager
def placed(
    topology: Topology, directory: Path, where: str, port: int | None = None
) -> Iterator[Placement]:
    """Place a topology, for the block, where no other lab is; an earlier one in `directory` ends.

    Raises ConfigurationError when the backend `where` cannot show it, or while another command is
    at work on that lab.
    """
    if earlier := find(directory):
        with held(directory), undisturbed():
            _end(earlier)
    with backend(where).placed(topology, port) as placement:
        yield placement


def run(
    placement: Placement,
    directory: Path,
    capture: Path,
    audience: Audience,
    *,
    time_scale: float | None = None,
    timeout: float = 60.0,
    keep: Path | None = None,
    visited: bool = False,
) -> Result:
    """Put a placed topology up in `directory`, play it, take it down, judge what was seen.

    The same as `observe`, and what that comes to.
    """
    observation = observe(
        placement,
        directory,
        capture,
        audience,
        time_scale=time_scale,
        timeout=timeout,
        keep=keep,
        visited=visited,
    )
    return judge(placement, observation)


def observe(
    placement: Placement,
    directory: Path,
    capture: Path,
    audience: Audience,
    *,
    time_scale: float | None = None,
    timeout: float = 60.0,
    keep: Path | None = None,
    visited: bool = False,
) -> Observation:
    """Put a placed topology up in `directory`, play it, take it down; return what was seen.

    Hosts are tasks of this process where the backend lets them; processes, which other commands
    find, when the lab is `visited` while it is played.

    `capture` is the file to write; `time_scale` (lab seconds a wall second) goes before the
    topology's own; no step may take longer than `timeout` wall seconds. What the hosts leave goes
    to `keep`, in the place of what lies there. Raises ConfigurationError when a host refuses its
    configuration, OSError when a file cannot be written or a network cannot be built.
    """
    building = built(placement, directory, time_scale=time_scale, keep=keep)
    with terminable(), undisturbed(), building as lab, interruptible():
        tasks = _backend(lab).hosts_are_here and not visited
        observation = run_loop(_play(lab, capture, audience, timeout, tasks=tasks))
    audience.end()
    return observation


@contextmanager
def built(
    placement: Placement,
    directory: Path,
    *,
    time_scale: float | None = None,
    keep: Path | None = None,
) -> Iterator[Lab]:
    """Have a placed topology in `directory` for the block: files and networks, and no host runs.

    It is made and removed undisturbed. Where interrupts come in this thread, the block is to be in
    `undisturbed`, and waits in `interruptible`.

    Parameters, and what it raises, are those of `observe`.
    """
    with held(directory):
        lab = _lab(placement, directory, time_scale)
        try:
            with undisturbed():
                _prepare(lab)
                _backend(lab).build(lab)
            yield lab
        finally:
            with undisturbed():
                _end(lab)
                if keep and directory.exists():
                    shutil.rmtree(keep, ignore_errors=True)
                    shutil.copytree(directory, keep, ignore=_sockets)
                lab.forget()


def up(
    placement: Placement,
    directory: Path,
    *,
    time_scale: float | None = None,
    timeout: float = 60.0,
) -> Lab:
    """Put a placed topology up in `directory` and leave it there, every host listening.

    Raises like `run`, HostFailedError when a host ends and NotInTimeError when one does not
    listen in time, and then nothing is left.
    """
    with held(directory), terminable(), undisturbed():
        lab = _lab(placement, directory, time_scale)
        try:
            _prepare(lab)
            _backend(lab).build(lab)
            with interruptible():
                run_loop(_start(lab, timeout))
        except BaseException:
            _end(lab)
            lab.forget()
            raise
    return lab


def down(lab: Lab) -> None:
    """End a lab and remove every trace.

    Raises ConfigurationError while another command is at work on it.
    """
    with held(lab.directory), undisturbed():
        _end(lab)
        lab.forget()


async def _start(lab: Lab, patience: float) -> None:
    hosts = Hosts(lab, _backend(lab), patience)
    await hosts.start()
    hosts.leave()


async def _play(
    lab: Lab, capture: Path, audience: Audience, patience: float, *, tasks: bool
) -> Observation:
    stage = Stage(lab, capture, audience, patience, tasks=tasks)
    audience.begin(lab)
    try:
        await stage.player.play(tapped=stage.tapped)
    finally:
        observation = await stage.end()
    explain(observation.capture, stage.said_by_mtas())
    return observation


def _lab(placement: Placement, directory: Path, time_scale: float | None) -> Lab:
    """A lab that is not there yet."""
    clock = LabClock(time_scale or placement.topology.time_scale, datetime.now(UTC))
    return Lab(
        name=directory.name,
        placement=placement,
        scale=clock.scale,
        origin=clock.origin,
        directory=directory,
        folder=Path.cwd(),
    )


def _prepare(lab: Lab) -> None:
    """Write a lab and its hosts' configurations down, after removing what an earlier one left."""
    if earlier := find(lab.directory):
        _end(earlier)
    shutil.rmtree(lab.directory, ignore_errors=True)
    lab.directory.mkdir(parents=True)
    lab.save()
    configure(lab)
    _end(lab)


def _end(lab: Lab) -> None:
    """End the lab's processes and remove all but its directory."""
    while found := [*processes.processes_of(lab.directory)]:
        processes.end(found)
    _backend(lab).remove(lab)


def _backend(lab: Lab) -> Backend:
    return backend(lab.placement.backend)


def _sockets(directory: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(directory) / name).is_socket()]
