"""A box on which haproxy runs: which proxy takes a connection, and where it opens its own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from labkit.addresses import IPAddress
from labkit.reason import Reason
from mta_lab.engines.box import Box
from mta_lab.engines.decision import (
    Decision,
    How,
    NotModelled,
    Proxied,
    Route,
    Stopped,
    Syn,
)
from mta_lab.engines.directive import Directive, Socket
from mta_lab.engines.haproxy.conditions import applies, refused
from mta_lab.engines.haproxy.reader import Section, sections, unread

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
_SERVER_OPTIONS |= {"enabled": 0, "stick": 0}
_HEADERS = {"send-proxy": "v1", "send-proxy-v2": "v2"}
_BINDING = re.compile(
    r"(?:ipv[46]@)?(?P<host>\[[^]]*\]|[^:]*|.*::?)?:(?P<first>\d+)(?:-(?P<last>\d+))?"
)


@dataclass(frozen=True)
class Haproxy:
    """A box on which haproxy runs; `unread` is a line for which nothing of the file is modelled."""

    box: Box
    sections: Sequence[Section]
    unread: Directive | None = None

    def answer(self, syn: Syn, route: Route) -> Decision:
        """Forward the answer to a SYN that is not for the box."""
        return self.box.answer(self.decide(syn, route), syn, route)

    def decide(self, syn: Syn, route: Route) -> Decision:
        """Accept, and connect to a server; what is not for the box is forwarded, or not."""

        def taken(reasons: list[Reason]) -> Decision | None:
            if self.unread:
                raise self.unread.not_modelled()
            front = self._listening(syn, reasons)
            return self._taken(front, syn, route, reasons) if front else None

        return self.box.accepts(syn, route, taken)

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
        closest = max(closeness for closeness, _, _ in taking)
        (_, section, bind), *others = [each for each in taking if each[0] == closest]
        if others:
            raise others[0][2].not_modelled()  # the kernel shares connections out among them
        _options(bind, bind.words[2:], _BIND_OPTIONS)
        reasons.append(bind.reason())
        return section

    def _taken(self, front: Section, syn: Syn, route: Route, reasons: list[Reason]) -> Decision:
        _known(front)
        if how := refused(front, syn, reasons):
            return Stopped(how, tuple(reasons))
        back = self._backend(front, syn, reasons)
        if back is not front:
            if back is None:
                text = f"no backend is for the connections of {front.name}"
                return Stopped(
                    How.CLOSED, (*reasons, Reason("default_backend", text)), unreached=True
                )
            _known(back)
            if how := refused(back, syn, reasons):
                return Stopped(how, tuple(reasons))
        server = _server(back)
        if server is None:
            text = f"{back.name} has no server that is in use"
            return Stopped(How.CLOSED, (*reasons, Reason("server", text)), unreached=True)
        return self._opened(back, server, syn, route, reasons)

    def _backend(self, front: Section, syn: Syn, reasons: list[Reason]) -> Section | None:
        default = front.last("default_backend")
        for each in (*front.all("use_backend"), *([default] if default else [])):
            if applies(each, each.words[2:], front, syn):
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
        if "check" in options:
            _checked(back, server, options)
        host, port = _target(server, syn)
        line = server if "source" in options else back.last("source")
        source, source_port = _source(line, options, syn)
        reasons += [line.reason()] if line else []
        opened = self.box.opened((host, port), source, route, (*reasons, server.reason()))
        if not isinstance(opened, Proxied):
            return opened
        header = next((_HEADERS[each] for each in words if each in _HEADERS), "")
        spare = _spare(back, server) if "check" in options else None
        syn = replace(opened.syn, source_port=source_port)
        return replace(opened, header=header, syn=syn, spare=spare)


def read(box: Box, text: str, file: str) -> Haproxy:
    """Read a configuration file, after haproxy has checked it. Raises ConfigurationError."""
    line = unread(text, file)
    return Haproxy(box, [] if line else sections(text, file), line)


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


def _defaults(back: Section) -> tuple[str, ...]:
    return tuple(word for each in back.all("default-server") for word in each.arguments)


def _server(back: Section) -> Directive | None:
    """The server that is in use. Raises NotModelledError when it is one of several."""
    servers = [each for each in back.all("server") if _in_use(each, back)]
    every = any(each.words[1] == "allbackups" for each in back.all("option"))
    active = [each for each in servers if "backup" not in each.words]
    active = active or (servers if every else servers[:1])
    if len(active) > 1:
        raise active[1].not_modelled()
    return active[0] if active else None


def _spare(back: Section, used: Directive) -> NotModelled | None:
    """A server that takes the place of the one in use when its health check fails."""
    for each in back.all("server"):
        if each != used and _in_use(each, back):
            return NotModelled(str(each), each.place, ())
    return None


def _in_use(server: Directive, back: Section) -> bool:
    words = (*_defaults(back), *server.words[3:])
    off = "disabled" in words and "enabled" not in words
    return not off and ("weight", "0") not in pairwise(words)


def _checked(back: Section, server: Directive, options: Mapping[str, str]) -> None:
    """Raise NotModelledError where a health check asks for more than the connection itself does."""
    if "port" in options or "addr" in options:
        raise server.not_modelled()
    for each in back.all("tcp-check"):
        raise each.not_modelled()


def _target(server: Directive, syn: Syn) -> tuple[IPAddress, int]:
    """The address and port of a server; without a port the one that the client called."""
    text = server.words[2].removeprefix("ipv4@").removeprefix("ipv6@")
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return server.address(text), syn.destination_port
    if port.startswith(("+", "-")):
        return server.address(host), syn.destination_port + int(port)
    return server.address(host), server.port(port) or syn.destination_port


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
