"""The firewall's relay against HAProxy in TCP mode: same client, same server, same run."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.conftest import PORT, SERVER
from benchmarks.table import Table, spaced

BULK = 64 << 20  # octets
PROXY = ("127.0.113.202", PORT)

HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen x400
    bind {listen}
    server inside {server} source 127.0.100.201
"""


@pytest.fixture
def server() -> Iterator[None]:
    """Reads to the end of each connection, then says how much it was."""

    def answer(connection: socket.socket) -> None:
        buffer = bytearray(1 << 18)
        with connection:
            total = 0
            while got := connection.recv_into(buffer):
                total += got
            connection.sendall(total.to_bytes(8, "big"))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,)).start()

    with socket.create_server((SERVER, PORT), backlog=512) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[tuple[str, int]]:
    program = shutil.which("haproxy")
    if program is None:
        pytest.fail("no haproxy to measure beside: install haproxy")
    listen, server = f"{PROXY[0]}:{PROXY[1]}", f"{SERVER}:{PORT}"
    configuration = tmp_path / "haproxy.cfg"
    configuration.write_text(HAPROXY.format(listen=listen, server=server))
    process = subprocess.Popen([program, "-f", configuration, "-db"], stderr=subprocess.DEVNULL)
    while True:
        assert process.poll() is None, "haproxy ended"
        try:
            socket.create_connection(PROXY).close()
            break
        except ConnectionRefusedError:
            continue
    yield PROXY
    process.terminate()
    process.wait()


def exchange(address: tuple[str, int], octets: int) -> None:
    """Send so many octets, half-close, and hear that all arrived."""
    with socket.create_connection(address) as client:
        block = memoryview(bytes(1 << 18))
        left = octets
        while left:
            left -= client.send(block[: min(left, len(block))])
        client.shutdown(socket.SHUT_WR)
        assert int.from_bytes(client.recv(8, socket.MSG_WAITALL), "big") == octets


@pytest.fixture(params=["firewall", "haproxy"])
def proxy(request: pytest.FixtureRequest) -> tuple[str, int]:
    address: tuple[str, int] = request.getfixturevalue(request.param)
    return address


@pytest.mark.usefixtures("server")
@pytest.mark.benchmark(group=f"relay {BULK >> 20} MB")
def test_bulk(benchmark: Any, proxy: tuple[str, int], table: Table) -> None:
    benchmark(exchange, proxy, BULK)
    rate = spaced(BULK / benchmark.stats["median"] / 1e6)
    _add(table, "relay, octets", proxy, rate, "MB a second")


@pytest.mark.usefixtures("server")
@pytest.mark.benchmark(group="relay one connection: open, 100 octets, close")
def test_connections(benchmark: Any, proxy: tuple[str, int], table: Table) -> None:
    benchmark(exchange, proxy, 100)
    _add(table, "relay, connections", proxy, spaced(1 / benchmark.stats["median"]), "a second")


def _add(table: Table, row: str, proxy: tuple[str, int], rate: str, unit: str) -> None:
    if proxy == PROXY:
        table.add(row, "", f"HAProxy in TCP mode: {rate}")
    else:
        table.add(row, f"{rate} {unit}")
