"""Several services behind one address and port, on real sockets."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest

from firewall_proxy.config import Configuration
from firewall_proxy.firewall import Firewall
from firewall_proxy.records import Connection, Listening, Outcome
from labkit.config import parse
from labkit.records import Record
from tests.firewall_proxy.requests import ADDRESS_UNKNOWN, request, tpkt
from tests.patience import PATIENCE

CLIENT, OUTSIDE, INSIDE, SERVER = "127.0.113.56", "127.0.113.6", "127.0.100.6", "127.0.100.56"
TAKES: dict[str, dict[str, Any] | None] = {
    "mta": {"selector": "MTA"},
    "plc": {"selector": "0x0100"},
    "blank": {"selector": ""},
    "bare": {"absent": True},
    "rest": None,
}


def free_port() -> int:
    with socket.create_server((OUTSIDE, 0)) as free:
        return int(free.getsockname()[1])


class Shared:
    """A firewall with services at one place, each with a server that says its name and echoes."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._port = free_port()
        self._ended = asyncio.Event()
        self.listening: Listening | None = None
        self.connections: list[Connection] = []
        self.sources: list[str] = []

    async def start(self, *names: str, **sections: Any) -> None:
        services = [await self._service(name) for name in names]
        document = {
            "interfaces": {"outside": {"address": OUTSIDE}, "inside": {"address": INSIDE}},
            "services": services,
            **sections,
        }
        firewall = Firewall(parse(document, Configuration, "fw.yaml"), self._report)
        await self._stack.enter_async_context(firewall)

    async def _service(self, name: str) -> dict[str, Any]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.sources.append(writer.get_extra_info("peername")[0])
            writer.write(f"{name}:".encode())
            while octets := await reader.read(65536):
                writer.write(octets)
            writer.close()

        server = await asyncio.start_server(serve, SERVER, 0)
        self._stack.callback(server.close)
        to = {"address": SERVER, "port": server.sockets[0].getsockname()[1]}
        return {
            "name": name,
            "listen": {"interface": "outside", "port": self._port},
            "destination": to,
            "onward_interface": "inside",
            "client_side_transparency": name == "plc",
        } | ({"called": TAKES[name]} if TAKES[name] else {})

    def _report(self, record: Record) -> None:
        if isinstance(record, Listening):
            self.listening = record
        elif isinstance(record, Connection):
            self.connections.append(record)
            self._ended.set()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(OUTSIDE, self._port, local_addr=(CLIENT, 0))
        self._stack.callback(writer.close)
        return reader, writer

    async def say(self, *parts: bytes) -> bytes:
        """Send parts one by one, end, and read all that comes."""
        reader, writer = await self.connect()
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        with suppress(OSError):  # it may have been reset already
            writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            return await reader.read()

    async def ended(self) -> Connection:
        async with asyncio.timeout(PATIENCE):
            await self._ended.wait()
        return self.connections[-1]


@pytest.fixture
async def shared() -> AsyncIterator[Shared]:
    async with AsyncExitStack() as stack:
        yield Shared(stack)


@pytest.mark.parametrize(
    ("called", "name"),
    [(b"MTA", "mta"), (b"\x01\x00", "plc"), (b"", "blank"), (None, "bare"), (b"mta", "rest")],
)
async def test_text_hex_blank_and_left_out_lead_to_different_services(
    shared: Shared, called: bytes | None, name: str
) -> None:
    await shared.start(*TAKES)
    octets = request(called) + b"\x00" * 1000
    assert await shared.say(octets) == name.encode() + b":" + octets  # passed on unchanged
    record = await shared.ended()
    assert (record.service, record.outcome) == (name, Outcome.CLOSED)
    assert record.called == policy_text(name)
    assert shared.sources == [CLIENT if name == "plc" else INSIDE]  # each treats the source itself
    assert record.bytes_out == len(octets)


def policy_text(name: str) -> str:
    takes = {"mta": "called T-selector MTA", "plc": "called T-selector 0x0100"}
    takes |= {"blank": "called T-selector (blank)", "bare": "no called T-selector"}
    return f"service {name} takes {takes.get(name, 'what no other one does')}"


async def test_all_listen_at_one_place(shared: Shared) -> None:
    await shared.start("mta", "plc", "rest")
    assert shared.listening
    assert shared.listening.services == ("mta", "plc", "rest")
    assert len({*shared.listening.addresses}) == 1


async def test_a_request_may_come_octet_by_octet(shared: Shared) -> None:
    await shared.start("mta", "plc")
    octets = request(b"\x01\x00")
    assert await shared.say(*(bytes((each,)) for each in octets)) == b"plc:" + octets


async def test_the_wrong_selector_is_refused_as_x_224_says(shared: Shared) -> None:
    await shared.start("mta", "plc")
    assert await shared.say(request(b"NOBODY")) == ADDRESS_UNKNOWN
    record = await shared.ended()
    assert (record.service, record.outcome, record.onward_source) == (
        "mta, plc",
        Outcome.DENIED,
        None,
    )
    assert record.reason == "no service takes called T-selector NOBODY"
    assert (record.check, record.seen) == ("called T-selector", "called T-selector NOBODY")
    assert shared.sources == []


@pytest.mark.parametrize(
    ("octets", "answer", "why"),
    [
        (tpkt(b"\x02\xf0\x80x"), b"\x70", "TPDU 0xf0 is no connection request"),
        (tpkt(b"\x08\xe0\x00\x00\x00\x01\x00\xc2\x09"), b"\x70", "runs beyond the header"),
        (request(b"MTA")[:9], b"", "the client ended after 9 octets"),
        (b"", b"", "the client ended after 0 octets"),
    ],
)
async def test_what_is_no_request_is_refused_and_recorded(
    shared: Shared, octets: bytes, answer: bytes, why: str
) -> None:
    await shared.start("mta", "plc")
    try:
        assert (await shared.say(octets))[5:6] == answer
    except ConnectionResetError:
        assert not answer
    record = await shared.ended()
    assert record.outcome is Outcome.NO_REQUEST
    assert why in record.reason


async def test_what_is_no_tpkt_is_reset(shared: Shared) -> None:
    await shared.start("mta", "plc")
    with pytest.raises(ConnectionResetError):
        await shared.say(b"GET / HTTP/1.1\r\n\r\n")
    assert (await shared.ended()).outcome is Outcome.NO_REQUEST


async def test_a_service_without_called_takes_what_is_no_request(shared: Shared) -> None:
    await shared.start("mta", "rest")
    assert await shared.say(b"GET / HTTP/1.1\r\n\r\n") == b"rest:GET / HTTP/1.1\r\n\r\n"
    assert await shared.say(b"\x03\x00") == b"rest:\x03\x00"


async def test_a_single_service_that_names_a_selector_takes_no_other(shared: Shared) -> None:
    await shared.start("mta")
    assert await shared.say(request(None)) == ADDRESS_UNKNOWN
    assert (await shared.say(request(b"MTA"))).startswith(b"mta:")


async def test_a_request_that_never_ends_is_given_up_in_time(shared: Shared) -> None:
    """Octets that keep coming do not make the wait longer."""
    await shared.start("mta", "plc", limits={"first_octet_timeout": 0.5})
    reader, writer = await shared.connect()
    writer.write(request(b"MTA")[:9])
    with pytest.raises(ConnectionResetError):
        async with asyncio.timeout(PATIENCE):
            await reader.read()
    record = await shared.ended()
    assert record.outcome is Outcome.IDLE
    assert record.reason == "the client sent no whole connection request in 0.5 s"
    assert record.check == "first_octet_timeout"


async def test_a_client_that_resets_while_it_is_awaited_is_recorded(shared: Shared) -> None:
    await shared.start("mta", "plc")
    _, writer = await shared.connect()
    writer.write(request(b"MTA")[:9])
    await writer.drain()
    client = writer.get_extra_info("socket")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()
    assert (await shared.ended()).outcome is Outcome.RESET_BY_CLIENT


async def test_a_rule_decides_about_the_service_that_is_called(shared: Shared) -> None:
    rules = [{"name": "plc only", "service": "plc", "action": "allow"}]
    await shared.start("mta", "plc", rules=rules)
    assert (await shared.say(request(b"\x01\x00"))).startswith(b"plc:")
    with pytest.raises(ConnectionResetError):
        await shared.say(request(b"MTA"))
    denied = shared.connections[-1]
    assert (denied.service, denied.outcome, denied.check) == ("mta", Outcome.DENIED, "rules")


async def test_one_who_may_use_none_of_them_is_reset_at_once(shared: Shared) -> None:
    rules = [{"name": "nobody", "action": "deny"}]
    await shared.start("mta", "plc", rules=rules)
    with pytest.raises(ConnectionResetError):
        await shared.say()
    assert (await shared.ended()).rule == "nobody"
