"""Mail between two MTAs that are processes of `mta-emu serve`: durable at both, into a mailbox."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from benchmarks.cost import Cost, processor_seconds
from mta_emu.mta.store.database import Database

#: Where the two listen, at one port.
A, B, PORT = "127.0.113.210", "127.0.100.210", 10777
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
_PATIENCE = 120.0  # seconds
_PAUSE = 0.01  # seconds from one look to the next
_RELEASED = "RT-CLOSE response"  # in a text log, the last that is said of an association


Prepared = TypeVar("Prepared")


class Way(NamedTuple):
    """How A reaches B: the address that A calls, and the one that B is called from."""

    called: str
    caller: str


class _Mta(NamedTuple):
    """A process of `mta-emu serve`, and where it keeps its data."""

    process: int
    data: Path


def run(directory: Path, messages: int, length: int, associations: int, way: Way) -> Cost:
    """Let users of A submit messages with a text of so many characters to one of B.

    There are as many clients of A as it has associations with B. The time is from the first
    submission to the last delivery, as the message tracking logs have it. Raises TimeoutError.
    """
    with (
        _serving(directory / "a", _document("A", "B", A, way.called, messages)) as a,
        _serving(directory / "b", _document("B", "A", B, way.caller, messages)) as b,
    ):
        for _ in range(associations):
            _succeed(_emu(a, "call", "TO-B"))
        before = [processor_seconds(each.process) for each in (a, b)]
        options = (SMITH, "--from", JONES, "--text", "x" * length)
        clients = [
            _emu(a, "send", *options, "--count", str(messages // associations))
            for _ in range(associations)
        ]
        for client in clients:
            _succeed(client)
        _wait_until(lambda: _rows(b, "mailbox") == messages and not _rows(a, "queue"))
        after = [processor_seconds(each.process) for each in (a, b)]
        took = _moment(b, "max", "delivered") - _moment(a, "min", "submitted")
        per_message = [
            (end - begin) / messages * 1e3 for begin, end in zip(before, after, strict=True)
        ]
        return Cost(messages / took.total_seconds(), tuple(per_message))


def run_long(directory: Path, octets: int, way: Way) -> Cost:
    """Let a user of A send a file of so many octets to one of B: octets a second.

    The time is that of the transfer, from its begin to its confirm, as A's message tracking log
    has it. Raises TimeoutError.
    """
    with (
        _serving(directory / "a", _document("A", "B", A, way.called, 1)) as a,
        _serving(directory / "b", _document("B", "A", B, way.caller, 1)) as b,
    ):
        file = directory / "file"
        with file.open("wb") as opened:
            opened.truncate(octets)
        _succeed(_emu(a, "call", "TO-B"))
        before = [processor_seconds(each.process) for each in (a, b)]
        _succeed(_emu(a, "send", SMITH, "--from", JONES, "--file", str(file)))
        _wait_until(lambda: _rows(b, "mailbox") == 1 and not _rows(a, "queue"))
        after = [processor_seconds(each.process) for each in (a, b)]
        took = _moment(a, "max", "transferred") - _moment(a, "min", "tried")
        processor = ((end - begin) * 1e3 for begin, end in zip(before, after, strict=True))
        return Cost(octets / took.total_seconds(), tuple(processor))


def run_called(
    directory: Path,
    level: str,
    associations: int,
    prepare: Callable[[], Prepared],
    call: Callable[[Prepared], None],
) -> Cost:
    """Let `call` open and release so many associations with B, which logs the wire at a level.

    `prepare` opens and releases one. The time is until the logs have them, too. Raises
    TimeoutError.
    """
    document = _document("B", "A", B, A, 1)
    logging = {"interoperability": level, "apdu": level, "text_log_size": 1 << 20}
    document["server"]["diagnostics_logging"] = logging
    document["server"]["registry"] = {"tcp_ip_control_blocks": 100}
    with _serving(directory / "b", document) as b:
        prepared = prepare()
        log, expected = b.data / "Bf0.log", associations + 1
        before, begin = processor_seconds(b.process), time.perf_counter()
        call(prepared)
        _wait_until(lambda: level == "none" or log.read_text().count(_RELEASED) == expected)
        took, after = time.perf_counter() - begin, processor_seconds(b.process)
    return Cost(associations / took, ((after - before) / associations * 1e3,))


def _document(name: str, other: str, address: str, other_address: str, threshold: int) -> Any:
    """The configuration of an MTA whose one connector opens no second association by itself."""
    return {
        "server": {
            "organization": "Contoso",
            "site": "Lab",
            "name": name,
            "global_domain": {"country": "US", "private_domain": "Contoso"},
            "transport_stack": {"address": address, "port": PORT},
            "mailboxes": [{"country": "US", "organization": name}],
        },
        "connectors": [
            {
                "general": {"directory_name": f"TO-{other}", "remote_mta_name": other},
                "stack": {"address": other_address},
                "override": {"threshold": threshold},
                "address_space": [{"country": "US", "organization": other}],
            }
        ],
    }


@contextmanager
def _serving(directory: Path, document: Any) -> Iterator[_Mta]:
    """Serve an MTA while the block runs; its records go into a file, as in a lab."""
    directory.mkdir(parents=True)
    configuration, data = directory / "config.yaml", directory / "data"
    configuration.write_text(json.dumps(document))  # JSON is YAML
    options = [configuration, "--data", data, "--json"]
    command = [sys.executable, "-m", "mta_emu", "serve", *map(str, options)]
    records = directory / "records.jsonl"
    with records.open("wb") as output, subprocess.Popen(command, stdout=output) as process:
        try:
            _wait_until(lambda: _listens(records) or process.poll() is not None)
            assert _listens(records), f"status {process.returncode}"
            yield _Mta(process.pid, data)
        finally:
            process.terminate()


def _listens(records: Path) -> bool:
    return b'"kind": "listening"' in records.read_bytes()


def _emu(mta: _Mta, command: str, *options: str) -> "subprocess.Popen[bytes]":
    """A client of an MTA, begun."""
    words = [sys.executable, "-m", "mta_emu", command, *options, "--data", str(mta.data)]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL)


def _succeed(client: "subprocess.Popen[bytes]") -> None:
    """Wait until a client is done. Raises CalledProcessError."""
    if status := client.wait(_PATIENCE):
        raise subprocess.CalledProcessError(status, client.args)


def _rows(mta: _Mta, table: str) -> int:
    """How many rows a table of an MTA has."""
    return int(_look(mta, f"SELECT count(*) FROM {table}"))


def _moment(mta: _Mta, which: str, what: str) -> datetime:
    """When something happened, as the message tracking log has it: min(ever) or max(ever)."""
    return datetime.fromisoformat(
        _look(mta, f"SELECT {which}(time) FROM tracking WHERE what = '{what}'")
    )


def _look(mta: _Mta, question: str) -> Any:
    database = Database.reader(mta.data)
    try:
        (found,) = database.execute(question).fetchone()
        return found
    finally:
        database.close()


def _wait_until(ready: Callable[[], bool]) -> None:
    """Look again and again. Raises TimeoutError."""
    until = time.monotonic() + _PATIENCE
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError("the mail has not come through")
        time.sleep(_PAUSE)
