"""What is hardly meant: in a topology, and in the files of the firewalls that others wrote."""

from collections.abc import Iterator

from labkit.addresses import End
from labkit.reason import Reason
from mta_lab.engines.directive import Directive
from mta_lab.engines.haproxy.reader import Section, taken_apart
from mta_lab.topology import plausibility
from mta_lab.topology.files import Topology

_ELSEWHERE = frozenset({"addr", "port"})  # options of a server that lead its checks elsewhere


def findings(topology: Topology) -> list[Reason]:
    """All that is hardly meant. Raises ConfigurationError for a file that cannot be read."""
    return [*plausibility.findings(topology), *_health_checks(topology)]


def _health_checks(topology: Topology) -> Iterator[Reason]:
    """Health checks that call MTAs: each opens a connection, says nothing and closes it."""
    for name, firewall in topology.foreign().items():
        if firewall.engine != "haproxy":
            continue
        file = firewall.configuration()
        for section in taken_apart(file.text, file.name):
            for server in section.all("server"):
                if mta := _checked(topology, section, server):
                    text = (
                        f"the health check of {name} calls {mta} at {server.words[2]}, and closes "
                        "the connection without a word"
                    )
                    yield Reason("health check", text, seen="check", place=server.place)


def _checked(topology: Topology, section: Section, server: Directive) -> str | None:
    """The MTA that the health check of a server calls."""
    defaults = [word for each in section.all("default-server") for word in each.arguments]
    options = {*defaults, *server.words[3:]}
    if "check" not in options or "no-check" in server.words or options & _ELSEWHERE:
        return None
    try:
        end = End.parse(server.words[2])
    except ValueError:
        return None  # a name, or an address without a port
    mta = topology.mta_at(end.address)
    if mta and topology.mtas[mta].server.transport_stack.port == end.port:
        return mta
    return None
