"""One place says how an address and a port are written and read: labkit/addresses.py.

Elsewhere an address is a value, so that IPv6 works where nobody has thought of it. Exceptions are
listed here, each with what it is about.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path.relative_to(ROOT)
    for package in ("labkit", "mta_emu", "firewall_proxy", "mta_lab")
    for path in (ROOT / package).rglob("*.py")
    if path.relative_to(ROOT) != Path("labkit/addresses.py")
)

#: Who names the classes of one version, and why.
ONE_VERSION = {
    "mta_lab/backends/loopback.py": "127.0.0.0/8 is IPv4",
    "mta_lab/backends/parts.py": "127.0.0.0/8 is IPv4",
    "mta_lab/backends/container.py": "containers have IPv4",
}
#: Who takes a text apart at its colons, and which text that is.
COLONS = {
    "labkit/commands.py": "module:function",
    "labkit/sockets.py": "/proc/net/tcp",
    "mta_lab/engines/haproxy/conditions.py": "HAProxy's own syntax",
    "mta_lab/engines/haproxy/engine.py": "HAProxy's own syntax",
    "mta_lab/commands/suggest.py": "FROM:TO, two MTAs",
    "mta_lab/engines/nginx.py": "nginx's own syntax",
}
#: Who opens sockets of IPv4 alone, and why.
IPV4_SOCKETS = {
    "firewall_proxy/sockets.py": "asks for a capability that both versions need",
    "mta_lab/backends/container.py": "containers have IPv4",
    "mta_lab/backends/loopback.py": "127.0.0.0/8 is IPv4",
    "mta_lab/backends/own_addresses.py": "containers have IPv4",
}
_CLASSES = {
    f"IPv{version}{what}" for version in (4, 6) for what in ("Address", "Network", "Interface")
}
_SPLITS = {"partition", "rpartition", "split", "rsplit"}


def one_version(tree: ast.AST) -> Iterator[int]:
    """Lines that import a class of one version of IP."""
    for node in ast.walk(tree):
        from_ipaddress = isinstance(node, ast.ImportFrom) and node.module == "ipaddress"
        if from_ipaddress and _CLASSES & {each.name for each in node.names}:
            yield node.lineno


def taken_apart(tree: ast.AST) -> Iterator[int]:
    """Lines that take a text apart at a colon."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            at_colon = [each for each in node.args if getattr(each, "value", None) == ":"]
            if node.func.attr in _SPLITS and at_colon:
                yield node.lineno


def ipv4_sockets(tree: ast.AST) -> Iterator[int]:
    """Lines that open a socket of IPv4, in a module that names no other family."""
    families = {name: [*_names(tree, name)] for name in ("AF_INET", "AF_INET6")}
    if not families["AF_INET6"]:
        yield from families["AF_INET"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node) == "socket.socket()":
            yield node.lineno


def _names(tree: ast.AST, name: str) -> Iterator[int]:
    for node in ast.walk(tree):
        if name in (getattr(node, "id", ""), getattr(node, "attr", "")):
            yield int(getattr(node, "lineno", 0))


def put_together(tree: ast.AST) -> Iterator[int]:
    """Lines that write something, a colon, and a port."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        parts = node.values
        for before, colon, after in zip(parts, parts[1:], parts[2:], strict=False):
            if (
                isinstance(before, ast.FormattedValue)
                and getattr(colon, "value", None) == ":"
                and isinstance(after, ast.FormattedValue)
                and "port" in ast.unparse(after.value).casefold()
            ):
                yield node.lineno


@pytest.mark.parametrize("path", FILES, ids=str)
def test_addresses_are_written_and_read_in_one_place(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert [*put_together(tree)] == [], "use labkit.addresses.at, or str of an End"
    if str(path) not in COLONS:
        assert [*taken_apart(tree)] == [], "use labkit.addresses.split, or End.parse"
    if str(path) not in IPV4_SOCKETS:
        assert [*ipv4_sockets(tree)] == [], "use labkit.sockets.family, or both versions"
    if str(path) not in ONE_VERSION:
        assert [*one_version(tree)] == [], "use labkit.addresses.IPAddress and IPNetwork"


def test_the_exceptions_are_needed() -> None:
    for exceptions, found in (
        (ONE_VERSION, one_version),
        (COLONS, taken_apart),
        (IPV4_SOCKETS, ipv4_sockets),
    ):
        for path in exceptions:
            assert [*found(ast.parse((ROOT / path).read_text("utf-8")))], path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from ipaddress import IPv4Address", one_version),
        ("end.rpartition(':')", taken_apart),
        ("socket.socket()", ipv4_sockets),
        ("kernel.get_addr(socket.AF_INET)", ipv4_sockets),
        ("f'{address}:{self.port}'", put_together),
        ("f'at {a.host}:{PORT}, there'", put_together),
    ],
)
def test_what_is_looked_for_is_found(text: str, found: object) -> None:
    assert callable(found)
    assert [*found(ast.parse(text))] == [1]
