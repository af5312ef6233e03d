"""The text logs: what was on the wire, at the level asked for, and never too long."""

import asyncio
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from typing import Any
from unittest import mock

import pytest

from labkit.clock import LabClock
from mta_emu.mta.log import textlogs
from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.events import event
from mta_emu.mta.log.textlogs import TextLogs

Start = Callable[..., Awaitable[Any]]
A, B = "127.0.113.88", "127.0.100.88"
SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"


async def exchange(start: Start, a_document: Any, b_document: Any, **levels: str) -> Path:
    """B's directory after a message from A, and a call by somebody unknown."""
    b_document["server"]["diagnostics_logging"] = levels
    a, b = await start(a_document), await start(b_document)
    await a.send(SMITH, subject="Hello")
    await b.said("delivered")
    await a.stop()
    await b.stop()
    return Path(b.directory)


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


@pytest.fixture
def logs(tmp_path: Path) -> TextLogs:
    levels = {"x400_service": "minimum", "text_log_size": 1}
    return TextLogs(tmp_path, DiagnosticsLogging.model_validate(levels), LabClock())


def test_a_long_log_rolls_over(logs: TextLogs, tmp_path: Path) -> None:
    for number in range(100):
        logs.event(event(289, dn=f"/CN={number}"))
    logs.close()
    assert {path.name for path in tmp_path.iterdir()} == {f"Ev{n}.log" for n in range(10)}
    assert all(path.stat().st_size <= 1024 for path in tmp_path.iterdir())
    assert "/CN=99 " in lines(tmp_path, "Ev0.log")[-1]
    newest_of_the_older = lines(tmp_path, "Ev1.log")[-1]
    assert "Warning 289 [X.400 Service] A connection to /CN=" in newest_of_the_older
    assert newest_of_the_older < lines(tmp_path, "Ev0.log")[0]


def test_what_the_disk_does_not_take_is_told(tmp_path: Path) -> None:
    directory = tmp_path / "gone"
    levels = DiagnosticsLogging.model_validate({"security": "maximum"})
    logs = TextLogs(directory, levels, LabClock())
    with pytest.raises(FileNotFoundError, match=r"Ev0\.log"):
        logs.event(event(289, dn="/CN=X"))
    directory.mkdir()
    logs.event(event(289, dn="/CN=X"))  # and the next one is written
    assert "289" in (directory / "Ev0.log").read_text()
    assert stat.S_IMODE((directory / "Ev0.log").stat().st_mode) == 0o600


def written(logs: TextLogs) -> None:
    """Wait until the thread has written what it was given."""
    logs._thread.submit(lambda: None).result(20)


def test_what_the_thread_met_last_is_told_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = DiagnosticsLogging.model_validate({"interoperability": "maximum"})
    logs, ends = TextLogs(tmp_path, levels, LabClock()), ("127.0.0.1:1", "127.0.0.2:2")
    logs.record(*ends, "accept")
    monkeypatch.setattr(textlogs.Overheard, "record", mock.Mock(side_effect=IndexError))
    logs.record(*ends, "received", b"?")
    with pytest.raises(IndexError):
        logs.close()


def test_of_what_comes_too_fast_the_rest_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(textlogs, "_MOST_WAITING", 100)
    levels = DiagnosticsLogging.model_validate({"interoperability": "maximum"})
    logs, ends = TextLogs(tmp_path, levels, LabClock()), ("127.0.0.1:1", "127.0.0.2:2")
    busy = Event()
    logs._thread.submit(busy.wait)
    logs.record(*ends, "accept")
    for _ in range(3):
        logs.record(*ends, "received", bytes(60))
    assert logs._given == 120
    busy.set()
    written(logs)
    with pytest.raises(BufferError, match="more than 100 octets wait"):
        logs.record(*ends, "received", b"?")
    written(logs)
    logs.record(*ends, "close")
    logs.close()
    assert logs._associations == {}


def test_short_pieces_that_come_too_fast_are_left_out_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes much more memory than it has octets."""
    monkeypatch.setattr(textlogs, "_MOST_PIECES", 100)
    levels = DiagnosticsLogging.model_validate({"interoperability": "maximum"})
    logs, ends = TextLogs(tmp_path, levels, LabClock()), ("127.0.0.1:1", "127.0.0.2:2")
    busy = Event()
    logs._thread.submit(busy.wait)
    logs.record(*ends, "accept")
    for _ in range(1000):
        logs.record(*ends, "received", b"\x03")
    assert len(logs._heard) == 102  # the last one says that the rest is left out
    logs.record(*ends, "close")
    assert logs._left_out == set()
    busy.set()
    written(logs)
    with pytest.raises(BufferError, match="or 100 pieces"):
        logs.close()
    assert logs._associations == {}


def test_an_association_that_is_not_understood_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = DiagnosticsLogging.model_validate({"interoperability": "maximum"})
    logs, ends = TextLogs(tmp_path, levels, LabClock()), ("127.0.0.1:1", "127.0.0.2:2")
    logs.record(*ends, "accept")
    monkeypatch.setattr(textlogs.Overheard, "record", mock.Mock(side_effect=IndexError))
    logs.record(*ends, "received", b"?")
    written(logs)
    with pytest.raises(IndexError):
        logs.record(*ends, "received", b"?")
    logs.record(*ends, "received", b"?")  # goes by
