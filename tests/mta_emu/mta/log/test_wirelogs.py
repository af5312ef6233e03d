"""The text logs of the wire: what was on it, at the level asked for."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from typing import Any
from unittest import mock

import pytest

from labkit.clock import LabClock
from mta_emu.mta.log import wirelogs
from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.wirelogs import WireLogs
from mta_emu.osi.tpkt import frame

Start = Callable[..., Awaitable[Any]]
A, B = "127.0.113.88", "127.0.100.88"
SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"
ENDS = ("127.0.0.1:1", "127.0.0.2:2")


async def exchange(start: Start, a_document: Any, b_document: Any, **levels: str) -> Path:
    """B's directory after a message from A, and a call by somebody unknown."""
    b_document["server"]["diagnostics_logging"] = levels
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH, subject="Hello")
    await b.said("delivered")
    await a.stop()
    await b.stop()
    return Path(b.directory)


def at_maximum(directory: Path) -> WireLogs:
    levels = DiagnosticsLogging.model_validate({"interoperability": "maximum"})
    return WireLogs(directory, levels, LabClock())


def held(logs: WireLogs) -> Event:
    """Keep the thread that writes the logs busy, until the event is set."""
    busy = Event()
    logs._thread.submit(busy.wait)
    return busy


def lines(directory: Path, name: str) -> list[str]:
    return (directory / name).read_text("utf-8").splitlines()


async def test_nothing_is_written_unless_it_is_turned_up(
    start: Start, a_document: Any, b_document: Any
) -> None:
    directory = await exchange(start, a_document, b_document)
    assert list(directory.glob("*.log")) == []


async def test_interoperability_tells_what_was_said(
    start: Start, a_document: Any, b_document: Any
) -> None:
    directory = await exchange(start, a_document, b_document, interoperability="minimum")
    said = lines(directory, "Bf0.log")
    calls = [line for line in said if "MTA-BIND request" in line]
    assert len(calls) == 1
    assert f"{B}:10888 <- {A}:" in calls[0]
    assert "secret" not in "".join(said)
    order = [
        "<- N-CONNECT request",
        "-> N-CONNECT response",
        "<- T-CONNECT request",
        "-> T-CONNECT response",
        "<- MTA-BIND request",
        "-> MTA-BIND response",
        "<- S-ACTIVITY-START request",
        "<- MESSAGE-TRANSFER request",
        "-> RT-TRANSFER response",
        "<- RT-CLOSE request",
        "-> RT-CLOSE response",
    ]
    without_ends = [f"{line.split()[2]} {' '.join(line.split()[4:])}" for line in said]
    places = [
        next(number for number, line in enumerate(without_ends) if line.startswith(wanted))
        for wanted in order
    ]
    assert places == sorted(places), without_ends


async def test_more_is_told_at_higher_levels(
    start: Start, a_document: Any, b_document: Any
) -> None:
    directory = await exchange(
        start, a_document, b_document, interoperability="maximum", apdu="maximum"
    )
    said, apdus = "\n".join(lines(directory, "Bf0.log")), "\n".join(lines(directory, "Ap0.log"))
    for text in ("session: S-CONNECT request (CN)", "rtse dialogue_mode: two-way alternate"):
        assert text in said
    for text in ("A-ASSOCIATE", "RT-OPEN", "mts originator: C=US;A= ;P=Contoso;O=A;S=Jones"):
        assert text in apdus
    assert "mts password: ********" in apdus
    assert "secret" not in said + apdus


async def test_apdus_at_minimum_are_the_mtas_own(
    start: Start, a_document: Any, b_document: Any
) -> None:
    directory = await exchange(start, a_document, b_document, apdu="minimum")
    told = lines(directory, "Ap0.log")
    assert [line.split()[4] for line in told] == ["MTA-BIND", "MTA-BIND", "MESSAGE-TRANSFER"]
    assert not (directory / "Bf0.log").exists()


async def test_what_breaks_the_protocol_is_told(start: Start, b_document: Any) -> None:
    b_document["server"]["diagnostics_logging"] = {"interoperability": "minimum"}
    b = await start(b_document)
    reader, writer = await asyncio.open_connection(B, 10888, local_addr=(A, 0))
    writer.write(b"\x04\x00\x00\x07\x02\xf0\x80")
    await reader.read()
    writer.close()
    await b.until(lambda: bool(b.all("protocol-error")))
    await b.stop()
    assert "protocol broken, transport: TPKT version 4" in "\n".join(lines(b.directory, "Bf0.log"))


async def test_what_this_mta_gives_up_is_told_with_the_reason(
    start: Start, b_document: Any
) -> None:
    """An SPDU that no state has a place for here, which can be read well."""
    b_document["server"]["diagnostics_logging"] = {"interoperability": "minimum"}
    b = await start(b_document)
    reader, writer = await asyncio.open_connection(B, 10888, local_addr=(A, 0))
    writer.write(frame(bytes.fromhex("06e00000000100")))
    await reader.readexactly(4)
    writer.write(frame(bytes.fromhex("02f0800900")))  # FINISH
    await reader.read()
    writer.close()
    await b.until(lambda: bool(b.all("protocol-error")))
    (error,) = b.all("protocol-error")
    await b.stop()
    said = "\n".join(lines(b.directory, "Bf0.log"))
    assert f" -> {error['peer']} given up, session: {error['reason']}" in said
    assert said.index("S-RELEASE request") < said.index("given up") < said.index("N-DISCONNECT")


def written(logs: WireLogs) -> None:
    """Wait until the thread has written what it was given."""
    logs._thread.submit(lambda: None).result(20)


def test_what_the_thread_met_last_is_told_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = at_maximum(tmp_path)
    logs.record(*ENDS, "accept")
    monkeypatch.setattr(wirelogs.Overheard, "record", mock.Mock(side_effect=IndexError))
    logs.record(*ENDS, "received", b"?")
    with pytest.raises(IndexError):
        logs.close()


def test_of_what_comes_too_fast_the_rest_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wirelogs, "_MOST_WAITING", 100)
    logs = at_maximum(tmp_path)
    busy = held(logs)
    logs.record(*ENDS, "accept")
    for _ in range(3):
        logs.record(*ENDS, "received", bytes(60))
    assert logs._given == 120
    busy.set()
    written(logs)
    with pytest.raises(BufferError, match="more than 100 octets wait"):
        logs.record(*ENDS, "received", b"?")
    written(logs)
    logs.record(*ENDS, "close")
    logs.close()
    assert logs._associations == {}


def test_short_pieces_that_come_too_fast_are_left_out_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes much more memory than it has octets."""
    monkeypatch.setattr(wirelogs, "_MOST_PIECES", 100)
    logs = at_maximum(tmp_path)
    busy = held(logs)
    logs.record(*ENDS, "accept")
    for _ in range(1000):
        logs.record(*ENDS, "received", b"\x03")
    assert len(logs._heard) == 102  # the last one says that the rest is left out
    logs.record(*ENDS, "close")
    assert logs._left_out == set()
    busy.set()
    written(logs)
    with pytest.raises(BufferError, match="or 100 pieces"):
        logs.close()
    assert logs._associations == {}


def test_an_association_that_is_not_understood_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = at_maximum(tmp_path)
    logs.record(*ENDS, "accept")
    monkeypatch.setattr(wirelogs.Overheard, "record", mock.Mock(side_effect=IndexError))
    logs.record(*ENDS, "received", b"?")
    written(logs)
    with pytest.raises(IndexError):
        logs.record(*ENDS, "received", b"?")
    logs.record(*ENDS, "received", b"?")  # goes by
