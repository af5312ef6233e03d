"""`python -m mta_lab.backends.foreign CONFIG`: a firewall that others wrote, on its host.

Loads the rules, or starts the program, and says in records what it decides: for nftables and
iptables from the kernel's trace, for HAProxy and nginx from their logs. What the program says
besides goes to standard error. SIGTERM ends it, once the connections that are open have ended. Runs
in the host's network namespace and directory.
"""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError, load
from labkit.output import say, say_lines
from labkit.records import Record, as_json
from mta_lab.engines import iptables, nginx, nginxlog
from mta_lab.engines.box import Box
from mta_lab.engines.haproxy import log as haproxy_log
from mta_lab.engines.haproxy import reader as haproxy_reader
from mta_lab.engines.nftables import reader, trace
from mta_lab.engines.nftables.includes import refuse_strays
from mta_lab.engines.nftables.ruleset import Ruleset
from mta_lab.engines.records import Decided, Ready
from mta_lab.engines.registry import DIRECTORY, FILE, kind
from mta_lab.engines.requirements import require
from mta_lab.lab.directory import CONFIGURATION
from mta_lab.lab.enginehost import EngineHost, EngineText

#: How long the connections of a program that ends may go on, and how long the kernel's trace of a
#: packet may be silent before the packet is lost.
_GRACE_SECONDS, _SILENT_SECONDS = 5.0, 1.0
_ROOM = 4 << 20  # octets of trace that may wait to be read
_SO_RCVBUFFORCE, _SOL_NETLINK, _ADD_MEMBERSHIP = 33, 270, 1
#: How each program is asked to end with its last connection.
_SOFTLY = {"haproxy": signal.SIGUSR1, "nginx": signal.SIGQUIT}
_READY = {"haproxy": "Loading success", "nginx": nginxlog.READY}


class Host:
    """A firewall's host at work."""

    def __init__(self, config: EngineHost) -> None:
        """Take the host's configuration."""
        self._config = config
        self._clock = config.clock.lab_clock()
        self._file = _written(config.configuration, "engine.conf")
        self._ending = asyncio.Event()

    async def run(self) -> None:
        """Be the firewall until SIGTERM. Raises ConfigurationError."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._ending.set)
        require(*kind(self._config.engine).needs)
        if rules := self._config.netfilter:
            refuse_strays(rules.text, rules.file, _directory(rules))
            _load(("nft", "-f", str(_written(rules, "netfilter.nft"))), _directory(rules))
        if kind(self._config.engine).serve:
            await self._program()
        else:
            await self._rules()

    async def _rules(self) -> None:
        """Load the rules into the kernel, and report what it traces."""
        its = self._config.configuration
        ruleset = self._ruleset()
        _load(self._command(kind(self._config.engine).set_up), _directory(its))
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, trace.NETFILTER) as kernel:
            kernel.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM)
            kernel.bind((0, 0))
            kernel.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, trace.GROUP)
            kernel.setblocking(False)
            _run(("nft", "-f", "-"), Path(), trace.CHAINS)
            listing = json.loads(_run(("nft", "-j", "list", "ruleset"), Path()))
            tracer = trace.Tracer(self._config.engine, ruleset, listing)
            self._say(Ready(self._config.engine))
            await self._follow(kernel, tracer)

    async def _follow(self, kernel: socket.socket, tracer: trace.Tracer) -> None:
        loop = asyncio.get_running_loop()
        ending = asyncio.create_task(self._ending.wait())
        heard = asyncio.create_task(loop.sock_recv(kernel, _ROOM))
        while not ending.done():
            both = (ending, heard)
            await asyncio.wait(both, timeout=_SILENT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not heard.done():
                self._all(tracer.lost())
                continue
            with suppress(OSError):  # ENOBUFS: more than there is room for, and some are not told
                self._all(tracer.feed(heard.result()))
            heard = asyncio.create_task(loop.sock_recv(kernel, _ROOM))
        with suppress(BlockingIOError):
            while True:
                self._all(tracer.feed(kernel.recv(_ROOM)))
        self._all(tracer.lost())

    async def _program(self) -> None:
        """Start the program, and report what it logs."""
        command = self._command(kind(self._config.engine).serve)
        decided = self._log()
        for name, what in kind(self._config.engine).beside.items():
            _lay(Path(name), what)
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
        ended = asyncio.create_task(self._end(process))
        ready = _READY[self._config.engine]
        said: list[str] = []
        output = cast("asyncio.StreamReader", process.stdout)
        async for octets in output:
            line = octets.decode("utf-8", "replace").rstrip()
            if ready and ready in line:
                self._say(Ready(self._config.engine))
                ready = ""
            elif records := [*decided(line)]:
                self._all(records)
            else:
                said.append(line)
                say(line, error=True)
        status = await process.wait()
        ended.cancel()
        if not self._ending.is_set():
            words = said[-1] if said else "it does not say why"
            raise ConfigurationError(f"{self._config.engine} ended with status {status}: {words}")

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """End the program when this process shall end."""
        await self._ending.wait()
        process.send_signal(_SOFTLY[self._config.engine])
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                await process.wait()
                return
        process.terminate()

    def _log(self) -> Callable[[str], Iterable[Decided]]:
        """What makes records of the program's lines."""
        its = self._config.configuration
        if self._config.engine == "nginx":
            return nginxlog.NginxLog(nginx.read(Box({}), its.text, its.file)).decided
        sections = haproxy_reader.sections(its.text, its.file)
        return lambda line: haproxy_log.decided(line, sections)

    def _ruleset(self) -> Ruleset:
        its, names = self._config.configuration, self._config.interfaces
        if self._config.engine == "iptables":
            return iptables.read(its.text, its.file, names, here=True)
        return reader.read(its.text, its.file, names, _directory(its), here=True)

    def _command(self, words: Sequence[str]) -> list[str]:
        places = {FILE: str(self._file), DIRECTORY: f"{Path.cwd()}/"}
        return [places.get(word, word) for word in words]

    def _all(self, records: Iterable[Decided]) -> None:
        for each in records:
            self._say(each)

    def _say(self, record: Record) -> None:
        say(as_json(record.at(self._clock.now())))


def _directory(its: EngineText) -> Path:
    """Where its file lies; a container has not that directory, and nothing there is included."""
    there = Path(its.directory)
    return there if there.is_dir() else Path()


def _written(its: EngineText, name: str) -> Path:
    """A configuration as a file of this directory."""
    path = Path(name).absolute()
    path.write_text(its.text, "utf-8")
    return path


def _lay(path: Path, what: str | Path) -> None:
    """Write a text, or make a link."""
    path.unlink(missing_ok=True)
    if isinstance(what, Path):
        path.symlink_to(what)
    else:
        path.write_text(what, "ascii")


def _load(command: Sequence[str], directory: Path) -> None:
    """Load rules in the place of all that an earlier process has loaded."""
    _run(("nft", "flush", "ruleset"), Path())
    _run(command, directory)


def _run(command: Sequence[str], directory: Path, typed: str = "") -> str:
    """What a command prints. Raises ConfigurationError when it fails."""
    done = subprocess.run(
        command, cwd=directory, input=typed, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip() or f"status {done.returncode}"
        raise ConfigurationError(f"{' '.join(command)}: {said}")
    return done.stdout


def main(configuration: str = CONFIGURATION) -> int:
    """The exit status."""
    try:
        asyncio.run(Host(load(Path(configuration), EngineHost)).run())
    except ConfigurationError as error:
        say_lines(str(error), error=True)
        return EXIT_BAD_CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
