"""A lab: a topology that was put somewhere, and the directory that holds all that it leaves."""

import hashlib
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from labkit.clock import LabClock, LabTime, TimeScale
from labkit.config import ConfigurationError, Section, dump, load
from mta_lab.lab.placement import Placement
from mta_lab.topology.files import NAME, Name, Topology

_FILE = "lab.json"

# The files of a host, by their names in its directory.
CONFIGURATION = "config.yaml"
DATA = "data"
RECORDS = "records.jsonl"
TAP = "tap.jsonl"


@dataclass(frozen=True)
class HostFiles:
    """What lies in the directory of one host, which needs no other."""

    directory: Path

    @property
    def configuration(self) -> Path:
        """What the host reads at its start."""
        return self.directory / CONFIGURATION

    @property
    def hosts(self) -> Path:
        """The names that resolve there, as hosts(5) writes them."""
        return self.directory / "hosts"

    @property
    def data(self) -> Path:
        """An MTA's --data: its database and its control socket."""
        return self.directory / DATA

    @property
    def records(self) -> Path:
        """Its standard output: one JSON object per line."""
        return self.directory / RECORDS

    @property
    def errors(self) -> Path:
        """Its standard error."""
        return self.directory / "errors.txt"

    @property
    def output(self) -> Path:
        """What a program says: its standard output and standard error."""
        return self.directory / "output.txt"

    @property
    def status(self) -> Path:
        """The exit status of a program that has ended."""
        return self.directory / "status.txt"

    @property
    def tap(self) -> Path:
        """What its sockets sent and received, when it was asked to write that down."""
        return self.directory / TAP


class Lab(Section):
    """A lab that is up, or was; every command but `up` and `run` finds it by its directory."""

    name: Name
    placement: Placement
    scale: TimeScale  # lab seconds a wall second
    origin: LabTime  # the wall's time when the lab clock began
    directory: Path
    folder: Path = Path()  # where it was put up: its topology file's path may begin there

    @property
    def topology(self) -> Topology:
        """The topology with the addresses on the wire."""
        return self.placement.topology

    @property
    def clock(self) -> LabClock:
        """The clock that all hosts share."""
        return LabClock(self.scale, self.origin, self.topology.starts)

    def files(self, host: str) -> HostFiles:
        """The files of a host."""
        return HostFiles(self.directory / host)

    def save(self) -> None:
        """Write the lab down, whole or not at all."""
        dump(self, self.directory / _FILE)

    def forget(self) -> None:
        """Remove the lab's directory, and the one it lies in when it was the last."""
        shutil.rmtree(self.directory)
        with suppress(OSError):
            self.directory.parent.rmdir()


def find(directory: Path) -> Lab | None:
    """The lab that was written down in `directory`; None when there is none.

    Raises ConfigurationError when another version of the lab wrote it.
    """
    file = directory / _FILE
    return load(file, Lab) if file.exists() else None


def labs_directory() -> Path:
    """Where the labs of this user lie, a directory each; MTA_LAB_STATE names another place.

    A lab is found again only from the network namespace it was started in: there its addresses
    are, and elsewhere may be another lab of the same name.
    """
    if chosen := os.environ.get("MTA_LAB_STATE"):
        return Path(chosen)
    if os.geteuid() == 0:
        base = Path("/run")
    else:
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or Path.home() / ".local" / "state")
    return base / "mta-lab" / f"net-{Path('/proc/self/ns/net').stat().st_ino}"


def lab_directory(name: str) -> Path:
    """Where the lab of that name lies, or will lie.

    Raises ConfigurationError for what cannot be a lab's name: it becomes the name of a directory,
    of network namespaces and of containers.
    """
    try:
        return labs_directory() / NAME.check(name)
    except ValueError as error:
        raise ConfigurationError(f"{name!r} cannot be a lab's name: it {error}") from error


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Keep every other command from changing the lab in `directory` while the block runs.

    An abstract socket address is the lock: the kernel gives it back when this process ends,
    however it ends, and no file is left. Raises ConfigurationError when another process has it.
    """
    name = hashlib.sha256(bytes(directory.absolute())).hexdigest()
    with socket.socket(socket.AF_UNIX) as lock:
        try:
            lock.bind(f"\0mta-lab-{name}")
        except OSError as error:
            raise ConfigurationError(
                f"lab {directory.name}: another mta-lab is at work on it; "
                "wait for its end, or give this one another --name"
            ) from error
        yield
