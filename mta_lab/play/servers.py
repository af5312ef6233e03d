"""Which hosts can be tasks of the lab's own process, and what runs there then.

A host whose configuration names files or opens doors is a process: file names are looked up in its
directory, and the libraries of doors have one state per process.
"""

from collections.abc import Callable
from functools import partial

from firewall_proxy.serving import Serving as FirewallServing
from labkit.config import ConfigurationError
from mta_emu.commands import WRONG_FILE
from mta_emu.serving import Serving as MtaServing
from mta_lab.lab.directory import Lab
from mta_lab.play.taskhost import Program


def program(lab: Lab, host: str, *, tapped: bool) -> Program | None:
    """What a host runs as a task; None when it must be a process."""
    find: Callable[..., Program | None] = _firewall if host in lab.topology.proxies() else _mta
    return find(lab, host, tapped=tapped)


def _firewall(lab: Lab, host: str, *, tapped: bool) -> Program | None:  # noqa: ARG001 - MTAs tap
    if lab.topology.proxies()[host].log.file is not None:
        return None
    make = partial(FirewallServing, lab.files(host).configuration)
    return Program(make, (ConfigurationError,))


def _mta(lab: Lab, host: str, *, tapped: bool) -> Program | None:
    server = lab.topology.mtas[host].server
    if server.http is not None or server.smtp is not None:
        return None
    files = lab.files(host)
    tap = files.tap if tapped else None
    return Program(partial(MtaServing, files.configuration, files.data, tap), WRONG_FILE)
