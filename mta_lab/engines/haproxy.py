"""The engine `haproxy`, in TCP mode (HAProxy 2.6, Configuration Manual).

haproxy itself checks the file first. A proxy (frontend, backend, listen) has its own directives
after those of its `defaults`; of a directive that stands once, the last one counts. What decides:
bind, acl, tcp-request, use_backend, default_backend, source and server. What cannot change where a
first connection goes is known and passed over; everything else is not modelled, as soon as a
connection comes to the proxy that has it.
"""

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from labkit.errors import ConfigurationError
from labkit.reason import Place, Reason
from mta_lab.engines.box import Box
from mta_lab.engines.decision import (
    Decision,
    How,
    IPAddress,
    NotModelled,
    NotModelledError,
    Proxied,
    Route,
    Stopped,
    Syn,
)
from mta_lab.engines.directive import Directive, Socket
from mta_lab.engines.requirements import Requirement, require

HAPROXY = Requirement("haproxy", "haproxy")
_PROXIES = ("frontend", "backend", "listen")
_SECTIONS = frozenset(
    {
        *_PROXIES,
        "defaults",
        "global",
        "userlist",
        "peers",
        "resolvers",
        "mailers",
        "cache",
        "program",
        "http-errors",
        "ring",
        "log-forward",
        "fcgi-app",
    }
)
_OTHER_SOCKETS = ("unix@", "abns@", "fd@", "sockpair@", "/")
#: Directives that do not change where a first connection goes.
_NO_MATTER = frozenset(
    {
        "backlog",
        "balance",
        "default-server-state",
        "description",
        "email-alert",
        "errorfile",
        "fullconn",
        "hash-type",
        "id",
        "log",
        "log-format",
        "log-tag",
        "maxconn",
        "retries",
        "stick-table",
        "tcp-check",
        "timeout",
        "unique-id-format",
        "acl",
        "bind",
        "server",
        "source",
        "mode",
        "use_backend",
        "default_backend",
        "default-server",
    }
)
_NO_MATTER_OPTIONS = frozenset(
    {
        "tcplog",
        "httplog",
        "dontlognull",
        "dontlog-normal",
        "log-health-checks",
        "log-separate-errors",
        "logasap",
        "tcpka",
        "clitcpka",
        "srvtcpka",
        "redispatch",
        "tcp-check",
        "tcp-smart-accept",
        "tcp-smart-connect",
        "nolinger",
        "splice-auto",
        "splice-request",
        "splice-response",
        "allbackups",
        "socket-stats",
        "abortonclose",
    }
)
#: Options of `bind` and `server`, with how many words follow each.
_BIND_OPTIONS = {"name": 1, "maxconn": 1, "backlog": 1, "id": 1, "mss": 1, "tfo": 0, "v6only": 0}
_BIND_OPTIONS |= {"defer-accept": 0, "interface": 1, "v4v6": 0, "user": 1, "group": 1, "mode": 1}
_SERVER_OPTIONS = {"check": 0, "inter": 1, "fastinter": 1, "downinter": 1, "rise": 1, "fall": 1}
_SERVER_OPTIONS |= {"port": 1, "maxconn": 1, "minconn": 1, "maxqueue": 1, "weight": 1, "id": 1}
_SERVER_OPTIONS |= {"backup": 0, "disabled": 0, "send-proxy": 0, "send-proxy-v2": 0, "source": 1}
_SERVER_OPTIONS |= {"usesrc": 1, "slowstart": 1, "on-marked-down": 1, "tcp-ut": 1, "addr": 1}
_SERVER_OPTIONS |= {"on-error": 1, "error-limit": 1, "observe": 1, "enabled": 0, "stick": 0}
_HEADERS = {"send-proxy": "v1", "send-proxy-v2": "v2"}
#: What an ACL may ask of a connection, and how its value is compared.
_ASKED: Mapping[str, Callable[[Syn], IPAddress | int]] = {
    "src": lambda syn: syn.source,
    "dst": lambda syn: syn.destination,
    "src_port": lambda syn: syn.source_port,
    "dst_port": lambda syn: syn.destination_port,
}
_ALERT = re.compile(r"\[ALERT\].*?\[[^]]*:(\d+)\]\s*:\s*(.*)")
_BINDING = re.compile(
    r"(?:ipv[46]@)?(?P<host>\[[^]]*\]|[^:]*|.*::?)?:(?P<first>\d+)(?:-(?P<last>\d+))?"
)


@dataclass(frozen=True)
class Section:
    """A section of the file: its kind, its name, and its directives, inherited ones first."""

    kind: str
    name: str
    directives: tuple[Directive, ...]

    def last(self, name: str) -> Directive | None:
        """The directive of that name that counts."""
        found = [each for each in self.directives if each.name == name]
        return found[-1] if found else None

    def all(self, *names: str) -> Iterator[Directive]:
        """The directives of these names, in order."""
        return (each for each in self.directives if each.name in names)


@dataclass(frozen=True)
class Haproxy:
    """A box on which haproxy runs."""

    box: Box
    sections: Sequence[Section]

    def answer(self, syn: Syn, route: Route) -> Decision:
        """Forward the answer to a SYN that is not for the box."""
        return self.box.answer(self.decide(syn, route), syn, route)

    def decide(self, syn: Syn, route: Route) -> Decision:
        """Accept, and connect to a server; what is not for the box is forwarded, or not."""
        if stopped := self.box.received(syn, route):
            return stopped
        if not self.box.holds(syn.destination):
            return self.box.forwarded(syn, route)
        reasons: list[Reason] = []
        try:
            front = self._listening(syn, reasons)
            return self._taken(front, syn, route, reasons) if front else self.box.closed_port(syn)
        except NotModelledError as found:
            return NotModelled(found.directive, found.place, tuple(reasons))

    def _listening(self, syn: Syn, reasons: list[Reason]) -> Section | None:
        taking = [
            (socket.closeness, section, bind)
            for section in self.sections
            if section.kind in ("frontend", "listen")
            for bind in section.all("bind")
            for socket in _sockets(bind)
            if socket.takes(syn)
        ]
        if not taking:
            return None
        _, section, bind = max(taking, key=lambda each: each[0])
        _options(bind, bind.words[2:], _BIND_OPTIONS)
        reasons.append(bind.reason())
        return section

    def _taken(self, front: Section, syn: Syn, route: Route, reasons: list[Reason]) -> Decision:
        _known(front)
        if _refused(front, syn, reasons):
            return Stopped(How.CLOSED, tuple(reasons))
        back = self._backend(front, syn, reasons)
        if back is not front:
            if back is None:
                text = f"no backend is for the connections of {front.name}"
                return Stopped(How.CLOSED, (*reasons, Reason("default_backend", text)))
            _known(back)
            if _refused(back, syn, reasons):
                return Stopped(How.CLOSED, tuple(reasons))
        server = _server(back)
        if server is None:
            text = f"{back.name} has no server that is in use"
            return Stopped(How.CLOSED, (*reasons, Reason("server", text)))
        return self._opened(back, server, syn, route, reasons)

    def _backend(self, front: Section, syn: Syn, reasons: list[Reason]) -> Section | None:
        default = front.last("default_backend")
        for each in (*front.all("use_backend"), *([default] if default else [])):
            if _applies(each, each.words[2:], front, syn):
                reasons.append(each.reason())
                named = [
                    section
                    for section in self.sections
                    if section.name == each.words[1] and section.kind in ("backend", "listen")
                ]
                if not named:
                    raise each.not_modelled()  # a name that is computed for each connection
                return named[0]
        return front if front.kind == "listen" else None

    def _opened(
        self, back: Section, server: Directive, syn: Syn, route: Route, reasons: list[Reason]
    ) -> Decision:
        words = (*_defaults(back), *server.words[3:])
        options = _options(server, words, _SERVER_OPTIONS)
        host, port = _target(server, syn)
        line = server if "source" in options else back.last("source")
        source, source_port = _source(line, options, syn)
        reasons += [line.reason()] if line else []
        opened = self.box.opened((host, port), source, route, (*reasons, server.reason()))
        if not isinstance(opened, Proxied):
            return opened
        header = next((_HEADERS[each] for each in words if each in _HEADERS), "")
        return replace(opened, header=header, syn=replace(opened.syn, source_port=source_port))


def read(box: Box, text: str, file: str) -> Haproxy:
    """Read a configuration file, after haproxy has checked it. Raises ConfigurationError."""
    require(HAPROXY)
    with TemporaryDirectory() as made:
        copy = Path(made) / "haproxy.cfg"
        copy.write_text(text, "utf-8")
        command = [HAPROXY.program, "-c", "-f", str(copy)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.replace(str(copy), file)
        wrong = [f"{file}:{line}: {what}" for line, what in _ALERT.findall(said)]
        raise ConfigurationError("\n".join(wrong) or f"{file}: {said.strip()}")
    return Haproxy(box, [*_sections(text, file)])


def _sections(text: str, file: str) -> Iterator[Section]:
    found: list[tuple[Directive, list[Directive]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            words = tuple(shlex.split(line, comments=True))
        except ValueError as error:
            raise ConfigurationError(f"{file}:{number}: {error}") from error
        if not words:
            continue
        if words[0] in _SECTIONS:
            found.append((Directive(words, Place(" ".join(words[:2]), file, number)), []))
        elif found:
            around = found[-1][0]
            place = Place(f"{' '.join(around.words[:2])} {words[0]}", file, number)
            found[-1][1].append(Directive(words, place))
    defaults: dict[str, list[Directive]] = {}
    inherited: list[Directive] = []
    for head, own in found:
        words = head.words
        basis = defaults.get(words[words.index("from") + 1], []) if "from" in words else None
        name = words[1] if len(words) > 1 and words[1] != "from" else ""
        if head.name == "defaults":
            inherited = [*(basis or []), *own]
            defaults[name] = inherited
        elif head.name in _PROXIES:
            below = inherited if basis is None else basis
            yield Section(head.name, name, (*below, *own))


def _known(section: Section) -> None:
    """Raise NotModelledError for a directive that may change where a connection goes."""
    mode = section.last("mode")
    if mode is None or mode.words[1] == "tcp":
        for each in section.directives:
            words = each.words[1:] if each.name == "no" else each.words
            harmless = words[0] in _NO_MATTER or words[0] == "tcp-request"
            if not harmless and not (words[0] == "option" and words[1] in _NO_MATTER_OPTIONS):
                raise each.not_modelled()
        return
    raise mode.not_modelled()


def _sockets(bind: Directive) -> Iterator[Socket]:
    options = bind.words[2:]
    interface = next((value for name, value in pairwise(options) if name == "interface"), "")
    for each in bind.words[1].split(","):
        found = _BINDING.fullmatch(each)
        if each.startswith(_OTHER_SOCKETS):
            continue
        if found is None:
            raise bind.not_modelled()
        host = (found["host"] or "").strip("[]")
        first = int(found["first"])
        last = int(found["last"] or first)
        if host in ("", "*", "0.0.0.0"):  # noqa: S104 - what the file says
            yield Socket((4,), None, first, last, interface)
        elif host == "::":
            yield Socket((4, 6) if "v4v6" in options else (6,), None, first, last, interface)
        else:
            address = bind.address(host)
            yield Socket((address.version,), address, first, last, interface)


def _options(line: Directive, words: Sequence[str], known: Mapping[str, int]) -> dict[str, str]:
    """Options by name, each with the word that follows. Raises NotModelledError for others."""
    options, rest = {}, [*words]
    while rest:
        name = rest.pop(0)
        if name not in known:
            raise line.not_modelled()
        options[name] = rest.pop(0) if known[name] and rest else ""
    return options


def _refused(section: Section, syn: Syn, reasons: list[Reason]) -> bool:
    """Whether a `tcp-request` rule closes the connection; the first that applies decides."""
    for stage in ("connection", "session", "content"):
        for each in section.all("tcp-request"):
            if each.words[1] != stage:
                continue
            action, condition = each.words[2], each.words[3:]
            if action not in ("accept", "reject"):
                raise each.not_modelled()
            if _applies(each, condition, section, syn):
                reasons.append(each.reason(seen=str(syn.source)))
                if action == "reject":
                    return True
                break
    return False


def _applies(line: Directive, condition: Sequence[str], section: Section, syn: Syn) -> bool:
    """Whether `if` or `unless` and a condition hold; without any they do."""
    if not condition:
        return True
    word, *rest = condition
    if word not in ("if", "unless"):
        raise line.not_modelled()
    alternatives: list[list[bool]] = [[]]
    while rest:
        name = rest.pop(0)
        if name in ("or", "||"):
            alternatives.append([])
            continue
        no = name.startswith("!")
        name = name.removeprefix("!") or rest.pop(0)
        if name == "{":
            end = rest.index("}")
            found = _asked(line, rest[:end], syn)
            rest = rest[end + 1 :]
        else:
            found = _acl(line, name, section, syn)
        alternatives[-1].append(found != no)
    return any(map(all, alternatives)) == (word == "if")


def _acl(line: Directive, name: str, section: Section, syn: Syn) -> bool:
    """Whether any of the lines of an ACL holds."""
    if name in ("TRUE", "FALSE"):
        return name == "TRUE"
    lines = [each for each in section.all("acl") if each.words[1] == name]
    if not lines:
        raise line.not_modelled()
    return any(_asked(each, each.words[2:], syn) for each in lines)


def _asked(line: Directive, words: Sequence[str], syn: Syn) -> bool:
    asked, *values = words
    if asked in ("always_true", "always_false"):
        return asked == "always_true"
    if asked not in _ASKED or any(each.startswith("-") for each in values):
        raise line.not_modelled()
    seen = _ASKED[asked](syn)
    if isinstance(seen, int):
        ranges = [each.partition(":") for each in values]
        return any(
            line.port(first) <= seen <= line.port(last or first) for first, _, last in ranges
        )
    return line.has(values, seen)


def _defaults(back: Section) -> tuple[str, ...]:
    return tuple(word for each in back.all("default-server") for word in each.arguments)


def _server(back: Section) -> Directive | None:
    """The server that is in use. Raises NotModelledError when it is one of several."""
    servers = [each for each in back.all("server") if _in_use(each, back)]
    active = [each for each in servers if "backup" not in each.words] or servers[:1]
    if len(active) > 1:
        raise active[1].not_modelled()
    return active[0] if active else None


def _in_use(server: Directive, back: Section) -> bool:
    words = (*_defaults(back), *server.words[3:])
    off = "disabled" in words and "enabled" not in words
    return not off and ("weight", "0") not in pairwise(words)


def _target(server: Directive, syn: Syn) -> tuple[IPAddress, int]:
    """The address and port of a server; without a port the one that the client called."""
    text = server.words[2].removeprefix("ipv4@").removeprefix("ipv6@")
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return server.address(text), syn.destination_port
    if port.startswith(("+", "-")):
        return server.address(host), syn.destination_port + int(port)
    return server.address(host), server.port(port)


def _source(
    line: Directive | None, options: Mapping[str, str], syn: Syn
) -> tuple[IPAddress | None, int]:
    """The source of the connection to the server; None when the route chooses, 0 any port."""
    if line is None:
        return None, 0
    words = line.arguments
    if "source" in options:
        words = (options["source"], *(("usesrc", options["usesrc"]) if "usesrc" in options else ()))
    if len(words) == 1:
        host, _, port = words[0].partition(":") if words[0].count(":") == 1 else (words[0], "", "")
        address = line.address(host)
        return None if address.is_unspecified else address, line.port(port or "0")
    if len(words) != 3 or words[1] != "usesrc":
        raise line.not_modelled()
    if words[2] in ("client", "clientip"):
        return syn.source, syn.source_port if words[2] == "client" else 0
    return line.address(words[2]), 0
