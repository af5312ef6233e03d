"""Every engine by name: how its configuration is read, and what runs the real one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firewall_proxy.config import Configuration
from labkit import document
from labkit.config import parse
from labkit.errors import ConfigurationError
from labkit.problems import instead
from mta_lab.engines import iptables, nginx
from mta_lab.engines.box import Box
from mta_lab.engines.decision import Engine
from mta_lab.engines.haproxy import engine as haproxy
from mta_lab.engines.haproxy.reader import HAPROXY
from mta_lab.engines.nftables import reader
from mta_lab.engines.nftables.engine import Nftables
from mta_lab.engines.nftables.ruleset import NO_RULES, Ruleset
from mta_lab.engines.proxy import Proxy
from mta_lab.engines.requirements import Requirement
from mta_lab.engines.router import Router

#: Stand in a command for the configuration file, and for the host's own directory.
FILE, DIRECTORY = "{file}", "{directory}"
#: Comes before a site's file: HAProxy's log on standard output, whatever else it logs to.
_HAPROXY_LOG = "global\n    log stdout format raw daemon\n"
#: Where Debian has nginx's modules, which files name relative to nginx's prefix.
_NGINX_MODULES = Path("/usr/share/nginx/modules")
#: What nginx is told besides its file: stay, and log each connection.
_NGINX = "daemon off; error_log stderr info;"


@dataclass(frozen=True)
class Given:
    """What an engine is read from: the box, the text, its file's name, and where that lies.

    For a proxy whose box has nftables rules, too, `netfilter` is what those are read from.
    """

    box: Box
    text: str = ""
    file: str = ""
    directory: Path = Path()
    netfilter: "Given | None" = None


@dataclass(frozen=True)
class Kind:
    """An engine: its reader, which raises ConfigurationError, and the real one.

    `set_up` is a command that ends, `serve` one that runs as long as the box; `beside` must lie in
    the directory that it is run in: a text, or a link to a path. `forwards` says
    whether such a box is a router, where nobody says; `configured`, whether it has a file.
    """

    read: Callable[[Given], Engine]
    needs: tuple[Requirement, ...] = ()
    set_up: tuple[str, ...] = ()
    serve: tuple[str, ...] = ()
    beside: Mapping[str, str | Path] = field(default_factory=dict)
    forwards: bool = True
    configured: bool = True


def _router(given: Given) -> Engine:
    return Router(given.box)


def _proxy(given: Given) -> Engine:
    values, origin = document.read(Path(given.file), given.text)
    return Proxy(given.box, parse(values, Configuration, given.file, origin))


def _nftables(given: Given) -> Engine:
    return Nftables(given.box, _ruleset(given))


def _ruleset(given: Given) -> Ruleset:
    names = [*given.box.interfaces]
    return reader.read(given.text, given.file, names, given.directory)


def _iptables(given: Given) -> Engine:
    ruleset = iptables.read(given.text, given.file, [*given.box.interfaces])
    return Nftables(given.box, ruleset)


def _haproxy(given: Given) -> Engine:
    return _filtered(given, haproxy.read(given.box, given.text, given.file))


def _nginx(given: Given) -> Engine:
    return _filtered(given, nginx.read(given.box, given.text, given.file))


def _filtered(given: Given, proxy: Engine) -> Engine:
    """A proxy behind the nftables rules of its box."""
    if given.netfilter is None:
        return proxy
    rules = _ruleset(given.netfilter) if given.netfilter.text.strip() else NO_RULES
    return Nftables(given.box, rules, proxy)


ENGINES: Mapping[str, Kind] = {
    "router": Kind(_router, configured=False),
    "proxy": Kind(_proxy, serve=("firewall-proxy", "serve", FILE)),
    "nftables": Kind(_nftables, (reader.NFT,), set_up=("nft", "-f", FILE)),
    "iptables": Kind(
        _iptables,
        (Requirement("iptables-restore", "iptables"), iptables.TRANSLATE, reader.NFT),
        set_up=("iptables-restore", FILE),
    ),
    "haproxy": Kind(
        _haproxy,
        (HAPROXY,),
        serve=("haproxy", "-W", "-db", "-f", "log.cfg", "-f", FILE),
        beside={"log.cfg": _HAPROXY_LOG},
        forwards=False,
    ),
    "nginx": Kind(
        _nginx,
        (nginx.NGINX,),
        serve=("nginx", "-p", DIRECTORY, "-e", "stderr", "-c", FILE, "-g", _NGINX),
        beside={"modules": _NGINX_MODULES},
        forwards=False,
    ),
}


def kind(name: str) -> Kind:
    """The engine of that name. Raises ConfigurationError."""
    if name not in ENGINES:
        raise ConfigurationError(f"engine {name!r}: {instead(name, [*ENGINES])}")
    return ENGINES[name]
