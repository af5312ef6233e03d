"""Those who listen to the MTA's sockets: several as one, and one that writes a file."""

import base64
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mta_emu.tap import TapFile, Taps

LOCAL, REMOTE = "127.0.113.10:102", "127.0.100.10:40000"


class Heard:
    def __init__(self, trouble: Exception | None = None) -> None:
        self.said: list[tuple[str, str, str, bytes]] = []
        self.trouble = trouble

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        self.said.append((local, remote, what, octets))
        if self.trouble:
            raise self.trouble


def test_one_that_fails_keeps_nothing_from_the_others() -> None:
    failed: list[str] = []

    @contextmanager
    def guarded(part: str) -> Iterator[None]:
        try:
            yield
        except OSError:
            failed.append(part)

    broken, works = Heard(OSError()), Heard()
    taps = Taps(guarded, {"file": broken, "log": works})
    taps.record(LOCAL, REMOTE, "sent", b"abc")
    assert broken.said == works.said == [(LOCAL, REMOTE, "sent", b"abc")]
    assert failed == ["file"]


def test_the_file_has_an_object_a_line_with_the_walls_time(tmp_path: Path) -> None:
    file = tmp_path / "tap.jsonl"
    begun = time.time()
    TapFile(file).record(LOCAL, REMOTE, "accept")
    TapFile(file).record(LOCAL, REMOTE, "received", b"\x03\x00\xff")  # a restart goes on
    opened, received = map(json.loads, file.read_text("ascii").splitlines())
    assert begun <= opened.pop("time") <= received["time"] <= time.time()
    assert opened == {"local": LOCAL, "remote": REMOTE, "what": "accept"}
    assert base64.b64decode(received["data"]) == b"\x03\x00\xff"


def test_others_may_not_read_it(tmp_path: Path) -> None:
    """It has the passwords of binds."""
    before = os.umask(0)
    try:
        TapFile(tmp_path / "tap.jsonl")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "tap.jsonl").stat().st_mode) == 0o600
