"""Postfix with one hop, beside which mail between two MTAs is measured: source, Postfix, sink.

A Postfix of its own: its configuration, queue and log lie in a directory that is given, so that the
machine's Postfix, if it runs, is left alone. `smtp-source` and `smtp-sink` are Postfix's own load
generator and its sink, which keeps nothing.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.cost import Cost

ADDRESS, PORT, SINK_PORT = "127.0.113.203", 10025, 10026
_PATIENCE = 60.0  # seconds
_PROGRAMS = ("postfix", "smtp-source", "smtp-sink")
_COUNT = re.compile(rb"mesg=(\d+)")

_MAIN = """
compatibility_level = 3.6
queue_directory = {directory}/queue
data_directory = {directory}/data
maillog_file = {directory}/log
maillog_file_prefixes = {directory}
myhostname = contoso.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [{address}]:{sink}
disable_dns_lookups = yes
alias_maps =
"""

#: Debian's services, those that one hop needs, out of their chroot.
_SERVICES = """
{address}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class MissingError(Exception):
    """There is no Postfix to measure beside; the text is for people."""


@contextmanager
def running(directory: Path) -> Iterator[None]:
    """Run a Postfix that passes on all that it gets. Raises MissingError."""
    missing = [name for name in _PROGRAMS if not shutil.which(name, path=_path())]
    if missing:
        raise MissingError(f"no {', '.join(missing)} to measure beside: install postfix")
    if os.geteuid():
        raise MissingError("Postfix is run as root only")
    configuration = directory / "etc"
    for path in (configuration, directory / "queue" / "pid", directory / "data"):
        path.mkdir(parents=True)
    for path in (directory, *directory.parents[:-1]):
        path.chmod(path.stat().st_mode | 0o011)  # its processes run as another user
    shutil.chown(directory / "data", "postfix")
    main = _MAIN.format(directory=directory, address=ADDRESS, sink=SINK_PORT)
    (configuration / "main.cf").write_text(main)
    (configuration / "master.cf").write_text(_SERVICES.format(address=ADDRESS, port=PORT))
    command = ["postfix", "-c", str(configuration)]
    _output(*command, "start")
    try:
        yield
    finally:
        _output(*command, "stop")


def run(messages: int, length: int, sessions: int) -> Cost:
    """Let Postfix take messages over so many sessions, and pass them on."""
    address = f"{ADDRESS}:{SINK_PORT}"
    command = ["smtp-sink", "-u", "postfix", "-c", address, "100"]
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE) as sink:
        try:
            _wait_for_listener(sink)
            began = time.monotonic()
            _output(
                *("smtp-source", "-d", "-s", str(sessions), "-m", str(messages), "-l", str(length)),
                *("-f", "jones@contoso.test", "-t", "smith@contoso.test", f"{ADDRESS}:{PORT}"),
            )
            _wait_for(sink, messages, began + _PATIENCE)
            return Cost(messages / (time.monotonic() - began))
        finally:
            sink.terminate()


def _wait_for_listener(sink: subprocess.Popen[bytes]) -> None:
    """Wait until a sink takes calls."""
    while sink.poll() is None:
        with suppress(ConnectionRefusedError):
            socket.create_connection((ADDRESS, SINK_PORT)).close()
            return
    raise OSError(f"smtp-sink ended with status {sink.returncode}")


def _wait_for(sink: subprocess.Popen[bytes], messages: int, until: float) -> None:
    """Read what a sink says until it has so many messages."""
    assert sink.stdout
    said = b""
    while time.monotonic() < until:
        said = (said + os.read(sink.stdout.fileno(), 1 << 16))[-1000:]
        if (counts := _COUNT.findall(said)) and int(counts[-1]) >= messages:
            return
    raise TimeoutError(f"the sink has not got {messages} messages: {said[-100:]!r}")


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": _path()}


def _output(*command: str) -> str:
    done = subprocess.run(
        command, env=_environment(), capture_output=True, text=True, timeout=_PATIENCE, check=False
    )
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()
