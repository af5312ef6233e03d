"""What an MTA has answered for survives a kill, a torn write and a full disk."""

import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mta_emu.mta.store.database import FILE_NAME
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.fields import Priority

Start = Callable[..., Awaitable[Any]]
SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOG = f"{FILE_NAME}-wal"
_LOG_HEADER, _FRAME_HEADER, _PAGE = 32, 24, 4096  # SQLite's file format, chapter 4.1
FRAME = _FRAME_HEADER + _PAGE

State = tuple[list[str], list[str]]  # what is queued, and what has ever come


def put(store: Store, name: str) -> None:
    message = store.contents.begin()
    store.contents.append(message, 0, name.encode() * 50)
    store.complete(
        message,
        TrackingEntry(NOW, name, Action.RECEIVED),
        content_length=len(name) * 50,
        copies=[QueuedCopy("C", Priority.NORMAL, name.encode())],
        deliveries=[],
        arrivals=["R"],
    )


NAMES = [f"A-{number}" for number in range(8)]


def state(directory: Path) -> State:
    """What an MTA finds that is started on this directory; everything there must fit together."""
    store = Store.open(directory)
    queued = list(store.queues.waiting("C"))
    names = [entry.mts_identifier for entry in queued]
    for entry in queued:
        content = store.contents.read(entry.message, 0, 1000)
        assert content == entry.mts_identifier.encode() * 50
        assert entry.envelope == entry.mts_identifier.encode()
    assert store.queues.lengths() == ({"C": len(names)} if names else {})
    came = [name for name in NAMES if "R" in store.arrivals.seen(name)]
    assert set(names) <= set(came)
    for name in came:
        steps = [step.what for step in store.tracking.follow(name)]
        gone = [] if name in names else ["transferred"]
        assert steps == ["received", "queued", *gone]
    assert store._database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert store._database.execute("PRAGMA foreign_key_check").fetchall() == []
    orphans = "SELECT count(*) FROM content WHERE id >> 20 NOT IN (SELECT id FROM message)"
    assert store._database.execute(orphans).fetchone() == (0,)
    store.close()
    return names, came


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[int, State]]]:
    """A run that never came to write its log back: its directory, and how long the log was when.

    Each entry is the length of the log when something had been answered for, and the state then.
    """
    directory = tmp_path_factory.mktemp("run") / "data"
    store = Store.open(directory)
    store._database.execute("PRAGMA wal_autocheckpoint = 0")
    history: list[tuple[int, State]] = []
    queued: list[str] = []
    came: list[str] = []

    def answered() -> None:
        store._database.secure_now()
        length = (directory / LOG).stat().st_size
        history.append((length, (list(queued), list(came))))

    answered()
    for name in NAMES:
        put(store, name)
        queued.append(name)
        came.append(name)
        answered()
        if len(queued) == 3:
            entry = next(store.queues.waiting("C"))
            store.dequeue(entry, TrackingEntry(NOW, entry.mts_identifier, Action.TRANSFERRED))
            queued.remove(entry.mts_identifier)
            answered()
    copy = directory.with_name("copy")
    shutil.copytree(directory, copy)
    store.close()
    return copy, history


def expected(history: list[tuple[int, State]], length: int) -> State:
    """What had been answered for when the log was no longer than `length`."""
    return [state for at, state in history if at <= length][-1]


def log_of(directory: Path, copy: Path, change: Callable[[bytes], bytes]) -> Path:
    """A copy of the directory with another log, and without the index of the old one."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    shutil.copy(directory / FILE_NAME, copy)
    (copy / LOG).write_bytes(change((directory / LOG).read_bytes()))
    return copy


def cuts(history: list[tuple[int, State]]) -> Iterator[int]:
    """Every end of a frame, and the middle of every frame, after the database was made."""
    first, last = history[0][0], history[-1][0]
    for end in range(first, last + 1, FRAME):
        yield end
        if end < last:
            yield end + FRAME // 2


def test_a_log_that_ends_anywhere(run: Any, tmp_path: Path) -> None:
    directory, history = run
    checked = 0
    for cut in cuts(history):
        torn = log_of(directory, tmp_path / "torn", lambda log, cut=cut: log[:cut])
        assert state(torn) == expected(history, cut), cut
        checked += 1
    assert checked > 100


def test_a_log_with_zeros_from_anywhere_on(run: Any, tmp_path: Path) -> None:
    """As a file system leaves it that had made room for frames which it did not come to write."""
    directory, history = run
    for cut in list(cuts(history))[::5]:

        def zeros(log: bytes, cut: int = cut) -> bytes:
            return log[:cut] + bytes(len(log) - cut)

        torn = log_of(directory, tmp_path / "torn", zeros)
        assert state(torn) == expected(history, cut), cut


def test_a_log_with_garbage_anywhere(run: Any, tmp_path: Path) -> None:
    """A frame that was only half written, and frames behind it that were."""
    directory, history = run
    for end in range(history[0][0], history[-1][0], 3 * FRAME):
        half = end + FRAME // 2

        def garble(log: bytes, half: int = half) -> bytes:
            return (
                log[:half]
                + bytes(byte ^ 0xFF for byte in log[half : half + 512])
                + log[half + 512 :]
            )

        assert state(log_of(directory, tmp_path / "torn", garble)) == expected(history, end)


def test_a_log_that_was_half_written_back(run: Any, tmp_path: Path) -> None:
    """A checkpoint that stopped after any page, or in the middle of one; the log is still there."""
    directory, history = run
    before = (directory / FILE_NAME).read_bytes()
    back = log_of(directory, tmp_path / "back", lambda log: log)
    store = Store.open(back)
    store._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    after = (back / FILE_NAME).read_bytes()
    assert after != before
    store.close()
    for cut in range(0, len(after), _PAGE // 2):
        torn = log_of(directory, tmp_path / "torn", lambda log: log)
        (torn / FILE_NAME).write_bytes(after[:cut] + before[cut:])
        assert state(torn) == history[-1][1], cut


@pytest.mark.parametrize("confirmations", range(1, 16, 2))
def test_kill_9(tmp_path: Path, confirmations: int) -> None:
    """A process that is killed at some point after its nth answer."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        store = Store.open(tmp_path / "data")
        for name in NAMES:
            put(store, name)
            os.write(writing, f"+{name}\n".encode())
        for entry in list(store.queues.waiting("C")):
            store.dequeue(entry, TrackingEntry(NOW, entry.mts_identifier, Action.TRANSFERRED))
            os.write(writing, f"-{entry.mts_identifier}\n".encode())
        signal.pause()
    os.close(writing)
    with os.fdopen(reading) as answers:
        heard = [answers.readline() for _ in range(confirmations)]
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        heard += answers.readlines()  # what it had said before it died
    taken = {line[1:-1] for line in heard if line[0] == "+"}
    sent = {line[1:-1] for line in heard if line[0] == "-"}
    queued, came = state(tmp_path / "data")
    assert taken <= set(came)
    assert not sent & set(queued)
    assert len(set(came) - taken) + len(set(came) - set(queued) - sent) <= 1  # done, not yet told


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Where B keeps its data: a file system of 1.5 MB."""
    yield from mounted(tmp_path / "B")


@pytest.fixture
def small_disk_of_a(tmp_path: Path) -> Iterator[Path]:
    """Where A keeps its data: the same."""
    yield from mounted(tmp_path / "A")


def mounted(directory: Path) -> Iterator[Path]:
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", str(directory)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("needs root, to mount a small file system")
    yield directory
    subprocess.run(["umount", "--lazy", str(directory)], check=True)


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)


async def test_a_full_disk_refuses_mail_and_loses_none(
    start: Start, a_document: Any, b_document: Any, small_disk: Path
) -> None:
    a_document["connectors"][0]["override"] = {"transfer_interval": 60, "open_interval": 60}
    a, b = await start(a_document, scale=60), await start(b_document, scale=60)
    sent = await a.send(SMITH, count=12, text="x" * 200_000)
    await b.said("disk", state="full")
    (full,) = b.all("event", id=9405)
    assert f"Error: 112, no space left on the disk of {small_disk}" in full["text"]
    assert len(b.all("delivered")) < 12
    assert b.all("disk", state="has space") == []
    enlarge(small_disk)
    await b.said("disk", state="has space")
    await b.until(lambda: len(b.all("delivered")) >= 12)
    await a.until(lambda: a.mta._store.queues.lengths() == {})
    assert len(b.all("event", id=9405)) == 1
    delivered = Counter(mail.mts_identifier for mail in b.mta._store.mailbox.read())
    assert delivered == Counter(sent)
    assert 9405 in [logged.event.id for logged in b.mta._store.events.read()]


async def test_a_full_disk_takes_no_submission(
    start: Start, b_document: Any, small_disk: Path
) -> None:
    b = await start(b_document)
    with pytest.raises(Exception, match=r"no space left on the disk of .*messages were taken"):
        await b.send("C=US;A= ;P=Contoso;O=A;S=Jones", count=20, text="x" * 200_000)
    assert b.all("event", id=9405)
    taken = len(b.all("submitted"))
    assert b.mta._store.queues.lengths() == {"TO-A": taken}


async def test_what_was_sent_while_the_senders_disk_was_full_is_not_sent_again(
    start: Start, a_document: Any, b_document: Any, small_disk_of_a: Path
) -> None:
    """That it is gone cannot be kept yet, but is not forgotten."""
    a = await start(a_document, scale=600)
    sent = await a.send(SMITH, count=5)
    await a.said("event", id=301)
    log = small_disk_of_a / LOG
    log_was = log.stat().st_size
    hog = small_disk_of_a / "hog"
    with suppress(OSError), hog.open("wb", buffering=0) as file:
        while file.write(bytes(_PAGE)):
            pass
    b = await start(b_document)
    await b.until(lambda: len(b.all("delivered")) == 5)
    await a.said("disk", state="full")
    assert a.mta._store.queues.lengths() == {"TO-B": 5}
    assert log.stat().st_size < log_was + FRAME
    enlarge(small_disk_of_a)
    await a.said("disk", state="has space")
    await a.until(lambda: a.mta._store.queues.lengths() == {})
    assert len(b.all("transfer", direction="in")) == 5
    assert [mail.mts_identifier for mail in b.mta._store.mailbox.read()] == sent
