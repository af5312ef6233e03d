"""How far a call gets: the layer that spoke last is blamed, in words, and in one time budget."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from labkit.config import parse
from labkit.loop import run
from mta_emu.endpoint import Endpoint
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import Mode, RtOpenAccept
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, encode_tsdu
from mta_emu.osi.tpkt import frame
from mta_emu.ping import LAYERS, Answer, Call, Target, parse_selectors, ping
from tests.mta_emu.mta.conftest import A, B, a_document, b_document, start
from tests.patience import PATIENCE

__all__ = ["a_document", "b_document", "start"]

HERE = "127.0.0.5"
CC = frame(bytes.fromhex("09d0 0001 0077 00 c0010a"))
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk, host: str = HERE) -> AsyncIterator[Call]:
    """A peer that does what `talk` does; how to call it."""
    server = await asyncio.start_server(talk, host, 0)
    async with server:
        yield Call(Target(host, server.sockets[0].getsockname()[1]))


def answering(*answers: bytes, then: str = "wait") -> Talk:
    """Answer each burst with the next of `answers`; `then` wait, close or reset."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for octets in answers:
            await reader.read(9999)
            writer.write(octets)
        await reader.read(9999)
        if then == "wait":
            await reader.read(9999)
        if then == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        writer.close()

    return talk


def spdu(unit: Unit) -> bytes:
    return frame(b"\x02\xf0\x80" + encode_tsdu(unit))


def abort(data: str = "") -> bytes:
    flags = b"\x03" if data else b"\x01"
    return spdu(Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: flags}, bytes.fromhex(data)))


def refuse(reason: int, data: str = "") -> bytes:
    octets = bytes((reason,)) + bytes.fromhex(data)
    return spdu(Unit(Spdu.RF, {Pi.TRANSPORT_DISCONNECT: b"\x01", Pi.REASON: octets}))


def failed(answers: list[Answer]) -> tuple[str, str]:
    """The layer that failed, and why; those below answered, those above did not."""
    (at,) = (at for at, each in enumerate(answers) if each.outcome == "failed")
    assert [each.outcome for each in answers[:at]] == ["ok"] * at
    assert [each.outcome for each in answers[at + 1 :]] == ["-"] * (len(answers) - at - 1)
    return answers[at].layer, answers[at].text


@pytest.mark.parametrize(
    ("answers", "layer", "text"),
    [
        (
            [frame(bytes.fromhex("06 80 0001 0077 82"))],
            "transport",
            "refused: connection negotiation failed (130)",
        ),
        (
            [frame(bytes.fromhex("06 80 0001 0077 03"))],
            "transport",
            "refused: address unknown (3)",
        ),
        ([frame(bytes.fromhex("04 70 0001 02"))], "transport", "rejected: invalid TPDU type (2)"),
        ([CC, abort()], "session", "aborted: no reason given"),
        # by the user, who says nothing
        ([CC, frame(bytes.fromhex("02f080 1903110103"))], "session", "aborted, without a reason"),
        ([CC, refuse(129)], "session", "refused: session selector unknown (129)"),
        ([CC, abort("30 03 80 01 02")], "presentation", "aborted: unexpected PPDU (2)"),
        # ARU with an ABRT of ACSE in context 1, by the provider
        (
            [CC, abort("a0 0e 61 0c 30 0a 02 01 01 a0 05 64 03 80 01 01")],
            "acse",
            "aborted: by the provider",
        ),
    ],
)
async def test_the_layer_that_spoke_last_is_blamed(
    answers: list[bytes], layer: str, text: str
) -> None:
    async with listening(answering(*answers)) as call:
        assert failed(await ping(call, 5)) == (layer, text)


@pytest.mark.parametrize(
    ("answers", "then", "layer", "text"),
    [
        ([], "close", "transport", "the MTA closed the TCP connection without an answer"),
        ([], "reset", "transport", "the MTA reset the TCP connection without an answer"),
        ([CC], "close", "session", "the MTA closed the TCP connection without an answer"),
        ([CC], "reset", "session", "the MTA reset the TCP connection without an answer"),
    ],
)
async def test_a_connection_that_ends_fails_at_the_layer_that_owes_an_answer(
    answers: list[bytes], then: str, layer: str, text: str
) -> None:
    async with listening(answering(*answers, then=then)) as call:
        assert failed(await ping(call, 5)) == (layer, text)


@pytest.mark.parametrize(("answers", "layer"), [([], "transport"), ([CC], "session")])
async def test_silence_is_waited_out_once(
    answers: list[bytes], layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    close = Endpoint.close

    async def closing(endpoint: Endpoint, linger: float) -> None:
        waits.append(linger)
        await close(endpoint, linger)

    monkeypatch.setattr(Endpoint, "close", closing)
    async with listening(answering(*answers)) as call:
        began = time.monotonic()
        assert failed(await ping(call, 2)) == (layer, "no answer within 2 s")
        assert time.monotonic() - began >= 2
    assert waits == [0]  # there is no time left for the close


async def test_what_is_no_answer_is_blamed_on_its_layer() -> None:
    async with listening(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as call:
        layer, text = failed(await ping(call, 5))
    assert layer == "transport"
    assert text == "its answer is wrong: TPKT version 72: must be 3 (RFC 1006 6)"


async def test_nobody_listens() -> None:
    async with listening(answering()) as call:
        pass
    assert failed(await ping(call, 5)) == ("tcp", "Connection refused")


async def test_a_release_that_is_not_answered_does_not_undo_the_acceptance() -> None:
    stack = RtseConnection(initiator=False)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(9999):
            for _ in stack.receive_data(octets):
                if not stack.has_turn and stack.association.called == Selectors():
                    result = bind.encode_result(Credentials("LAZY", b""))
                    stack.request(RtOpenAccept(result))
                    writer.write(stack.data_to_send())
                    await reader.read(9999)  # the release
                    await reader.read(9999)
            writer.write(stack.data_to_send())
        writer.close()

    async with listening(accept) as call:
        began = time.monotonic()
        answers = await ping(call, 2)
        assert time.monotonic() - began < 4  # not PATIENCE: twice would be four
    assert [each.outcome for each in answers] == ["ok"] * len(LAYERS)
    assert answers[-1].text.startswith("accepted by LAZY")
    assert answers[-1].text.endswith("; not released")


async def test_ipv6() -> None:
    async with listening(answering(CC, refuse(129)), "::1") as call:
        assert failed(await ping(call, 5)) == (
            "session",
            "refused: session selector unknown (129)",
        )


async def test_a_name_server_that_is_silent_does_not_take_longer_than_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = threading.Event()

    def silent(*_: object) -> list[object]:
        asked.wait(PATIENCE)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    began = time.monotonic()
    answers = await asyncio.to_thread(run, ping(Call(Target("mta.example")), 0.3))
    assert time.monotonic() - began < PATIENCE  # nobody waited for the name server
    asked.set()
    assert failed(answers) == ("tcp", "no answer within 0.3 s")


async def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    answers = await ping(Call(Target("mta.example")), 5)
    assert failed(answers) == ("tcp", "Name or service not known")


@pytest.mark.parametrize(("source", "reached"), [(None, True), ("127.0.0.1", True), ("::1", False)])
async def test_every_address_of_a_name_is_tried(
    monkeypatch: pytest.MonkeyPatch, source: str | None, reached: bool
) -> None:
    """A name with two addresses, of which the second answers."""

    def two(host: str, port: int, family: int, *_: object) -> list[Any]:
        both = [(socket.AF_INET6, "::1"), (socket.AF_INET, HERE)]
        wanted = [each for each in both if family in (socket.AF_UNSPEC, each[0])]
        return [(each, socket.SOCK_STREAM, 6, "", (address, port)) for each, address in wanted]

    async with listening(answering(CC, refuse(129))) as call:
        monkeypatch.setattr(socket, "getaddrinfo", two)
        named = replace(call, target=Target("mta.example", call.target.port), source=source)
        layer, _ = failed(await ping(named, 5))
    assert layer == ("session" if reached else "tcp")


async def test_an_mta_is_called_over_ipv6() -> None:
    async with listening(answering(CC, refuse(129)), "::1") as call:
        layer, _ = failed(await ping(replace(call, source="::1"), 5))
        assert layer == "session"
        bare = replace(call, target=Target.parse(f"[::1]:{call.target.port}"))
        assert failed(await ping(bare, 5))[0] == "session"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("mta.example", Target("mta.example", 102)),
        ("192.0.2.1:10102", Target("192.0.2.1", 10102)),
        ("::1", Target("::1", 102)),
        ("[::1]", Target("::1", 102)),
        ("[2001:db8::1]:1102", Target("2001:db8::1", 1102)),
    ],
)
def test_targets(text: str, target: Target) -> None:
    assert Target.parse(text) == target


@pytest.mark.parametrize(
    "text",
    ["", ":102", "host:", "host:0", "host:65536", "host:x", "[::1", "[host]:1", "a:b:c", "[::1]:"],
)
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be HOST or HOST:PORT.*\[2001:db8::1\]:102"):
        Target.parse(text)


@pytest.mark.parametrize(
    ("text", "selectors"),
    [
        ("", Selectors()),
        ("X400", Selectors(transport=b"X400")),
        ("0x0102/S/P", Selectors(presentation=b"P", session=b"S", transport=b"\x01\x02")),
    ],
)
def test_selectors(text: str, selectors: Selectors) -> None:
    assert parse_selectors(text) == selectors


@pytest.mark.parametrize("field", ["mta_name", "password"])
def test_only_ia5_can_be_asked_for(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field.removeprefix('mta_')}.*must be IA5"):
        _ = Call(Target(""), **{field: "Zürich"}).opening


# As a connector calls

Start = Callable[..., Awaitable[Any]]


async def test_a_connectors_call_is_the_one_that_its_pages_describe(
    a_document: dict[str, Any],
) -> None:
    connector = a_document["connectors"][0]
    connector["stack"]["outgoing"] = {"t": "X400", "s": "S", "p": "P"}
    connector["advanced"] = {"conformance": "1988-x410", "two_way_alternate": False}
    connector["override"] = {"local_mta_name": "OTHER", "checkpoint_size": 7, "window_size": 2}
    call = Call.of_connector(parse(a_document, MtaConfig, "a.yaml"), "TO-B")
    assert call.target == Target(B, 10888)
    connector["stack"]["port"] = 103
    elsewhere = Call.of_connector(parse(a_document, MtaConfig, "a.yaml"), "TO-B")
    assert elsewhere.target == Target(B, 103)
    assert call.source == A
    assert (call.mta_name, call.password) == ("OTHER", "secret")
    assert call.called == Selectors(transport=b"X400")  # the X.410 modes have no S selector
    opening = call.opening
    assert (opening.checkpoint_size, opening.window_size) == (7, 2)
    assert (opening.mode, opening.dialogue_mode) == (Mode.X410_1988, 0)


def test_a_connector_that_is_not_there_names_those_that_are(a_document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no connector 'FIREWAL' in the configuration; .* TO-B"):
        Call.of_connector(parse(a_document, MtaConfig, "a.yaml"), "FIREWAL")


async def test_right_credentials_leave_the_address_as_the_cause(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b = await start(b_document)
    config = parse(a_document, MtaConfig, "a.yaml")
    call = Call.of_connector(config, "TO-B")
    answers = await ping(call, 10)
    assert [each.outcome for each in answers] == ["ok"] * len(LAYERS)
    assert answers[-1].text == "accepted by B, checkpoint size 30 KB, window 5; released"
    b_document["connectors"][0]["stack"]["address"] = "127.0.113.89"
    await b.stop()
    b = await start(b_document)
    layer, text = failed(await ping(call, 10))
    assert layer == "mts bind"
    assert text.startswith("refused: authentication error (2); name and password are as configured")
    assert "the address that the MTA sees" in text


async def test_a_connector_does_not_take_every_answer(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    await start(b_document)
    a_document["connectors"][0]["general"]["remote_mta_password"] = "another"
    call = Call.of_connector(parse(a_document, MtaConfig, "a.yaml"), "TO-B")
    layer, text = failed(await ping(call, 10))
    assert layer == "mts bind"
    assert text.startswith("accepted by B")
    assert "but the connector does not take it" in text
    assert "secret" not in text
    assert "another" not in text
