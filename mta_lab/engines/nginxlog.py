"""nginx's error log at level info as records: what its module `stream` did with each connection.

Every line about a connection has its number; the lines of one connection are put together.
"""

import re
from collections.abc import Iterator

from labkit.addresses import End
from labkit.reason import Reason
from mta_lab.engines.decision import Syn
from mta_lab.engines.nginx import Nginx
from mta_lab.engines.records import Decided, SynOutcome

#: The program's word that it listens.
READY = "start worker process "
_LINE = re.compile(r"\*(?P<number>\d+) (?P<what>.*)")
_CLIENT = re.compile(r"client (?P<source>\S+) connected to (?P<destination>\S+)")
_PROXY = re.compile(r"proxy (?P<source>\S+) connected to (?P<destination>\S+)")
_FORBIDDEN = "access forbidden by rule"
_UNREACHABLE = re.compile(r"connect\(\) failed|no live upstreams|upstream timed out")


class NginxLog:
    """Reads the log, line by line."""

    def __init__(self, nginx: Nginx) -> None:
        """Take the configuration, which has the lines that decide."""
        self._nginx = nginx
        self._clients: dict[str, tuple[str, str]] = {}

    def decided(self, line: str) -> Iterator[Decided]:
        """The records of what a line tells."""
        if not (found := _LINE.search(line)):
            return
        number, what = found["number"], found["what"]
        if client := _CLIENT.match(what):
            self._clients[number] = client["source"], client["destination"]
        elif proxy := _PROXY.match(what):
            onward = proxy["source"], proxy["destination"]
            yield from self._record(number, SynOutcome.PROXIED, onward)
        elif what.startswith(_FORBIDDEN):
            yield from self._record(number, SynOutcome.CLOSED, (None, None))
        elif _UNREACHABLE.search(what):
            yield from self._record(number, SynOutcome.UNREACHABLE, (None, None))

    def _record(
        self, number: str, outcome: SynOutcome, onward: tuple[str | None, str | None]
    ) -> Iterator[Decided]:
        if number not in self._clients:
            return
        source, destination = self._clients.pop(number)
        reasons = self._reasons(source, destination, passed=outcome is SynOutcome.PROXIED)
        yield Decided(
            "nginx", outcome, source, destination, *onward, tuple(map(str, reasons))
        ).because(reasons[-1] if reasons else None)

    def _reasons(self, source: str, destination: str, *, passed: bool) -> list[Reason]:
        """The lines of the server that took the connection."""
        client, called = End.parse(source), End.parse(destination)
        syn = Syn("", client.address, client.port, called.address, called.port)
        reasons: list[Reason] = []
        server = self._nginx.listening(syn, reasons)
        if server and passed:
            for name in ("proxy_pass", "proxy_bind"):
                if said := self._nginx.said(name, server):
                    reasons.append(said.reason())
        return reasons
