"""The engine `nginx`: its module `stream` (nginx.org, ngx_stream_core_module and the like).

crossplane reads the file, since nginx's own check wants its paths, user and log to be there. A
directive of `server` replaces that of `stream`; allow and deny are one list, so that a server which
has either inherits neither. What cannot change where a first connection goes is passed over;
everything else is not modelled, as soon as a connection comes to the server that has it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import crossplane

from labkit.addresses import IPAddress
from labkit.errors import ConfigurationError
from labkit.reason import Place, Reason
from mta_lab.engines.box import Box
from mta_lab.engines.decision import (
    Decision,
    How,
    NotModelled,
    NotModelledError,
    Proxied,
    Route,
    Stopped,
    Syn,
)
from mta_lab.engines.directive import Directive, Socket
from mta_lab.engines.requirements import Requirement

NGINX = Requirement("nginx", "nginx-light libnginx-mod-stream")
#: Directives of `stream` and `server` that do not change where a first connection goes.
_NO_MATTER = frozenset(
    {
        "access_log",
        "allow",
        "deny",
        "error_log",
        "limit_conn_zone",
        "listen",
        "log_format",
        "preread_buffer_size",
        "preread_timeout",
        "proxy_bind",
        "proxy_buffer_size",
        "proxy_connect_timeout",
        "proxy_download_rate",
        "proxy_half_close",
        "proxy_next_upstream",
        "proxy_next_upstream_timeout",
        "proxy_next_upstream_tries",
        "proxy_pass",
        "proxy_protocol",
        "proxy_socket_keepalive",
        "proxy_timeout",
        "proxy_upload_rate",
        "server",
        "server_name",
        "tcp_nodelay",
        "upstream",
    }
)
_NO_MATTER_LISTEN = (
    "reuseport",
    "backlog=",
    "rcvbuf=",
    "sndbuf=",
    "so_keepalive=",
    "bind",
    "ipv6only",
)
_NO_MATTER_SERVER = ("weight=", "max_conns=", "max_fails=", "fail_timeout=")


@dataclass(frozen=True)
class Block:
    """A block: its own directives, and the blocks in it by the directive that opens each."""

    head: Directive
    directives: tuple[Directive, ...]
    blocks: tuple["Block", ...]

    def all(self, *names: str) -> list[Directive]:
        """The directives of these names, in order."""
        return [each for each in self.directives if each.name in names]


@dataclass(frozen=True)
class Nginx:
    """A box on which nginx runs with a `stream` block."""

    box: Box
    stream: Block

    def answer(self, syn: Syn, route: Route) -> Decision:
        """Forward the answer to a SYN that is not for the box."""
        return self.box.answer(self.decide(syn, route), syn, route)

    def decide(self, syn: Syn, route: Route) -> Decision:
        """Accept, and connect to a server; what is not for the box is forwarded, or not."""

        def taken(reasons: list[Reason]) -> Decision | None:
            server = self.listening(syn, reasons)
            return None if server is None else self._taken(server, syn, route, reasons)

        return self.box.accepts(syn, route, taken)

    def listening(self, syn: Syn, reasons: list[Reason]) -> Block | None:
        """The server that takes a SYN; its `listen` is added to the reasons.

        Raises NotModelledError: what is included may listen, too.
        """
        for block in (self.stream, *self.stream.blocks):
            for include in block.all("include"):
                raise include.not_modelled()
        taking = [
            (socket.closeness, server, listen)
            for server in self.stream.blocks
            if server.head.name == "server"
            for listen in server.all("listen")
            if (socket := _socket(listen)) and socket.takes(syn)
        ]
        if not taking:
            return None
        _, server, listen = max(taking, key=lambda each: each[0])
        for option in listen.words[2:]:
            if not option.startswith(_NO_MATTER_LISTEN):
                raise listen.not_modelled()
        reasons.append(listen.reason())
        return server

    def _taken(self, server: Block, syn: Syn, route: Route, reasons: list[Reason]) -> Decision:
        for each in (*self.stream.directives, *server.directives):
            if each.name not in _NO_MATTER:
                raise each.not_modelled()
        for block in (*self.stream.blocks, *server.blocks):
            if block.head.name not in ("server", "upstream"):
                raise block.head.not_modelled()
        if _denied(server.all("allow", "deny") or self.stream.all("allow", "deny"), syn, reasons):
            return Stopped(How.CLOSED, tuple(reasons))
        passes = self.said("proxy_pass", server)
        if passes is None:
            raise server.head.not_modelled()
        target = self._target(passes, reasons)
        source, port, line = _source(self.said("proxy_bind", server), syn)
        reasons += [line.reason()] if line else []
        protocol = self.said("proxy_protocol", server)
        header = "v1" if protocol and protocol.arguments == ("on",) else ""
        reasons += [protocol.reason()] if protocol and header else []
        opened = self.box.opened(target, source, route, tuple(reasons))
        if not isinstance(opened, Proxied):
            return opened
        syn = replace(opened.syn, source_port=port)
        return replace(opened, header=header, syn=syn, spare=self._spare(passes))

    def _spare(self, passes: Directive) -> NotModelled | None:
        """A server of the upstream that is tried when the one in use does not answer."""
        for upstream in self._upstreams(passes):
            for each in upstream.all("server"):
                if "backup" in each.words and "down" not in each.words:
                    return NotModelled(str(each), each.place, ())
        return None

    def _upstreams(self, passes: Directive) -> list[Block]:
        named = ("upstream", passes.words[1])
        return [each for each in self.stream.blocks if each.head.words == named]

    def said(self, name: str, server: Block) -> Directive | None:
        """The directive of a server, or the one that it inherits."""
        found = server.all(name) or self.stream.all(name)
        return found[-1] if found else None

    def _target(self, passes: Directive, reasons: list[Reason]) -> tuple[IPAddress, int]:
        """Where the connection goes: the address of proxy_pass, or the server of an upstream."""
        name = passes.words[1]
        reasons.append(passes.reason())
        named = self._upstreams(passes)
        if not named:
            return _endpoint(passes, name)
        upstream = named[0]
        for each in upstream.directives:
            if each.name not in ("server", "zone"):
                raise each.not_modelled()
        servers = [each for each in upstream.all("server") if "down" not in each.words]
        active = [each for each in servers if "backup" not in each.words] or servers[:1]
        if len(active) != 1:
            raise (active[1] if active else upstream.head).not_modelled()
        for option in active[0].words[2:]:
            if option != "backup" and not option.startswith(_NO_MATTER_SERVER):
                raise active[0].not_modelled()
        reasons.append(active[0].reason())
        return _endpoint(active[0], active[0].words[1])


def read(box: Box, text: str, file: str) -> Nginx:
    """Read a configuration file; what it includes is not read, and not modelled.

    Raises ConfigurationError: it cannot be parsed, or has no block `stream`.
    """
    with TemporaryDirectory() as made:
        copy = Path(made) / "nginx.conf"
        copy.write_text(text, "utf-8")
        parsed = crossplane.parse(str(copy), single=True)
        wrong = [
            f"{file}:{each.get('line') or 0}: {str(each['error']).replace(str(copy), file)}"
            for each in parsed["errors"]
        ]
        if wrong:
            raise ConfigurationError("\n".join(_shortened(each) for each in wrong))
        found = [*_blocks(parsed["config"][0]["parsed"], "", file)]
    streams = [each for each in found if each.head.name == "stream"]
    if not streams:
        raise ConfigurationError(f"{file}: has no block `stream`, which passes TCP connections on")
    _check(streams[0], file)
    return Nginx(box, streams[0])


def _check(stream: Block, file: str) -> None:
    """Raise ConfigurationError for what crossplane reads, and nginx does not start with."""
    taken: list[tuple[object, range, Directive]] = []
    for block in stream.blocks:
        if block.head.name == "upstream":
            servers = block.all("server")
            if all("backup" in each.words for each in servers) and not block.all("include"):
                text = "has backup servers alone" if servers else "has no server"
                raise ConfigurationError(f"{_at(block.head, file)}: {text}")
        for listen in block.all("listen"):
            with suppress(NotModelledError):  # a name, which is not looked up
                if socket := _socket(listen):
                    where = socket.address or socket.versions[-1]
                    ports = range(socket.first_port, socket.last_port + 1)
                    for other, used, first in taken:
                        if where == other and (ports[0] in used or used[0] in ports):
                            text = f"is what line {first.place.line} listens at, too"
                            raise ConfigurationError(f"{_at(listen, file)}: {text}")
                    taken.append((where, ports, listen))


def _at(line: Directive, file: str) -> str:
    return f"{file}:{line.place.line}: {line}"


def _shortened(line: str) -> str:
    """An error of crossplane without the place, which it repeats."""
    return line.rpartition(" in ")[0] or line


def _blocks(parsed: Sequence[Any], path: str, file: str) -> Iterator[Block]:
    for each in parsed:
        if "block" in each:
            head = _directive(each, path, file)
            below = f"{path} {head}".strip()
            inside = each["block"]
            plain = tuple(_directive(one, below, file) for one in inside if "block" not in one)
            yield Block(head, plain, tuple(_blocks(inside, below, file)))


def _directive(parsed: Mapping[str, Any], path: str, file: str) -> Directive:
    place = Place(f"{path} {parsed['directive']}".strip(), file, parsed["line"])
    return Directive((parsed["directive"], *parsed["args"]), place)


def _socket(listen: Directive) -> Socket | None:
    """The socket of a `listen`, if it is one of TCP."""
    text = listen.words[1]
    if "udp" in listen.words or text.startswith("unix:"):
        return None
    host, colon, ports = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, ports = "*", text
    first, _, last = ports.partition("-")
    bounds = listen.port(first), listen.port(last or first)
    if host in ("*", "0.0.0.0"):  # noqa: S104 - what the file says
        return Socket((4,), None, *bounds)
    if host == "[::]":
        return Socket((4, 6) if "ipv6only=off" in listen.words else (6,), None, *bounds)
    address = listen.address(host)
    return Socket((address.version,), address, *bounds)


def _denied(rules: Sequence[Directive], syn: Syn, reasons: list[Reason]) -> bool:
    """Whether a client is denied: the first rule that has its address decides."""
    for each in rules:
        who = each.words[1]
        if who == "all" or (who != "unix:" and each.has([who], syn.source)):
            reasons.append(each.reason(who, str(syn.source)))
            return each.name == "deny"
    return False


def _source(line: Directive | None, syn: Syn) -> tuple[IPAddress | None, int, Directive | None]:
    """The source address and port that proxy_bind asks for; None when the route chooses."""
    if line is None or line.arguments == ("off",):
        return None, 0, None
    where, *options = line.arguments
    if where in ("$remote_addr", "$remote_addr:$remote_port") and options == ["transparent"]:
        return syn.source, syn.source_port if where.endswith("$remote_port") else 0, line
    if options not in ([], ["transparent"]):
        raise line.not_modelled()
    return line.address(where), 0, line


def _endpoint(line: Directive, text: str) -> tuple[IPAddress, int]:
    host, _, port = text.rpartition(":")
    return line.address(host), line.port(port)
