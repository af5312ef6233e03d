"""A content of 100 MB from one MTA process to another: memory stays small, progress is shown.

That the mode and the checkpoints make no difference shows with 20 MB as well.
"""

import asyncio
import hashlib
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from labkit.config import dump, parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.controlclient import ask
from mta_emu.mta.store.store import Store
from tests.patience import PATIENCE

PORT = 10866
A, B = "127.0.113.66", "127.0.100.66"
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
LIMIT = 16 << 20  # octets above idle; the target was 64 MB
_LARGEST = 100_000_000


def configuration(
    name: str, address: str, other: str, other_address: str, **pages: Any
) -> MtaConfig:
    return parse(
        {
            "server": {
                "organization": "Contoso",
                "site": "Lab",
                "name": name,
                "local_mta_password": "secret",
                "global_domain": {"country": "US", "private_domain": "Contoso"},
                "transport_stack": {"address": address, "port": PORT},
                "mailboxes": [{"country": "US", "organization": name}],
            },
            "connectors": [
                {
                    "general": {
                        "directory_name": f"TO-{other}",
                        "remote_mta_name": other,
                        "remote_mta_password": "secret",
                    },
                    "stack": {"address": other_address},
                    "address_space": [{"country": "US", "organization": other}],
                    **pages,
                }
            ],
        },
        MtaConfig,
        "test",
    )


class Process:
    """An MTA in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, data: Path) -> None:
        self.process = process
        self.data = data
        self._idle = self._memory("VmRSS")
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # the peak is counted from here

    def _memory(self, what: str) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        (line,) = [line for line in status.splitlines() if line.startswith(what)]
        return int(line.split()[1]) * 1024

    @property
    def peak(self) -> int:
        """The octets that it has taken above what it took when it was idle."""
        return self._memory("VmHWM") - self._idle

    async def said(self, kind: str) -> dict[str, Any]:
        assert self.process.stdout
        async for line in self.process.stdout:
            record: dict[str, Any] = json.loads(line)
            if record["kind"] == kind:
                return record
        raise AssertionError(f"the MTA ended before it said {kind!r}")


@asynccontextmanager
async def serving(config: MtaConfig, directory: Path) -> AsyncIterator[Process]:
    file, data = directory / f"{config.server.name}.yaml", directory / config.server.name
    dump(config, file)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mta_emu", "serve", str(file), "--data", str(data), "--json"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        assert json.loads(await process.stdout.readline())["kind"] == "listening"
        yield Process(process, data)
    finally:
        process.terminate()
        await process.communicate()


async def watch(data: Path, seen: list[int]) -> None:
    """Look again and again how many octets have gone."""
    while True:
        (line,) = (await ask(data, {"command": "status"}))["connectors"]
        seen += [each["octets"] for each in line["transfers"]]
        await asyncio.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.parametrize(
    ("size", "mode", "checkpoints"),
    [
        (_LARGEST, "1988-normal", {}),
        (20_000_000, "1988-x410", {"checkpoint_size": 0}),
        (20_000_000, "1984", {}),
    ],
)
async def test_a_large_content_passes_in_little_memory(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    size: int,
    mode: str,
    checkpoints: dict[str, int],
) -> None:
    file = tmp_path / "file"
    block = hashlib.sha256(b"seed").digest() * 31_250  # a megabyte
    with file.open("wb") as stream:
        for _ in range(size // len(block)):
            stream.write(block)
    async with AsyncExitStack() as running:
        a, b = [
            await running.enter_async_context(
                serving(
                    configuration(*ends, advanced={"conformance": mode}, override=checkpoints),
                    tmp_path,
                )
            )
            for ends in (("A", A, "B", B), ("B", B, "A", A))
        ]
        seen: list[int] = []
        watching = asyncio.create_task(watch(a.data, seen))  # it may be gone as soon as it is taken
        began = time.monotonic()
        sending = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mta_emu", "send", SMITH, "--from", JONES),
            *("--data", str(a.data), "--subject", "Big", "--file", str(file)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        identifier, progress = await sending.communicate()
        assert sending.returncode == 0, progress
        megabytes = f"{size / 1e6:.1f}"
        assert f"{megabytes}/{megabytes} MB".encode() in progress
        async with asyncio.timeout(PATIENCE):
            delivered = await b.said("delivered")
        watching.cancel()
        seconds = time.monotonic() - began
        assert delivered["mts_identifier"] == identifier.decode().strip()
        assert delivered["recipient"] == SMITH
        assert seen == sorted(seen)
        if size == _LARGEST:  # what is smaller may have gone between two looks
            assert any(0 < octets < size for octets in seen)
        peaks = {"sender": a.peak, "receiver": b.peak}
        (mail,) = Store.reader(b.data).mailbox.read()
        assert _digest(b.data, mail.message, mail.content_length, size) == _digest_of(file)
    with capsys.disabled():
        told = ", ".join(f"{side} {peak / (1 << 20):.1f} MB" for side, peak in peaks.items())
        checkpoint = checkpoints.get("checkpoint_size", "a usual")
        print(f"\n{megabytes} MB in {seconds:.1f} s, {mode}, {checkpoint} checkpoint size")
        print(f"peak of memory above idle: {told}")
    assert max(peaks.values()) < LIMIT


def _digest(data: Path, message: int, content_length: int, size: int) -> str:
    """Of the file, which is the end of the content."""
    store, digest = Store.reader(data), hashlib.sha256()
    for offset in range(content_length - size, content_length, 1 << 20):
        digest.update(store.contents.read(message, offset, 1 << 20))
    return digest.hexdigest()


def _digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
