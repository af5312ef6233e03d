"""HAProxy's log of connections (`option tcplog`, HAProxy Configuration Manual 8.2.2) as records.

The line names frontend, backend and server, and so the line of the file that decided. What
`tcp-request connection reject` refuses is not logged.
"""

import re
from collections.abc import Iterator, Sequence

from labkit.addresses import at
from mta_lab.engines.directive import Directive
from mta_lab.engines.haproxy.reader import Section
from mta_lab.engines.records import Decided, SynOutcome

_TCPLOG = re.compile(
    r"(?:^|\s)(?P<client>\S+):(?P<port>\d+) \[[^]]*\] "
    r"(?P<front>\S+) (?P<back>[^/\s]+)/(?P<server>\S+) "
    r"(?P<waited>[-\d]+)/(?P<connected>[-\d]+)/\+?\d+ \+?\d+ (?P<ended>\S\S) "
)


def decided(line: str, sections: Sequence[Section]) -> Iterator[Decided]:
    """The record of a line of the log; nothing where it is about no connection."""
    found = _TCPLOG.search(line)
    if not found:
        return
    named = {(each.kind, each.name): each for each in sections}
    front = named.get(("frontend", found["front"])) or named.get(("listen", found["front"]))
    back = named.get(("backend", found["back"])) or named.get(("listen", found["back"]))
    binds = [*front.all("bind")] if front else []
    servers: list[Directive] = []
    if back:
        servers = [each for each in back.all("server") if each.words[1] == found["server"]]
    sources = [*_source(back)] if servers else []
    reasons = [each.reason() for each in (*binds[:1], *sources, *servers)]
    outcome = SynOutcome.CLOSED if found["ended"].startswith("P") else SynOutcome.UNREACHABLE
    opened = int(found["connected"]) >= 0
    yield Decided(
        "haproxy",
        SynOutcome.PROXIED if opened else outcome,
        at(found["client"], found["port"]),
        binds[0].words[1] if binds else found["front"],
        None,
        servers[0].words[2] if servers else None,
        tuple(map(str, reasons)),
    ).because(reasons[-1] if reasons else None)


def _source(back: Section | None) -> Iterator[Directive]:
    line = back.last("source") if back else None
    if line:
        yield line
