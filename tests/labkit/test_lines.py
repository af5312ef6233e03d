"""Lines into files and pipes that are full, slow or gone."""

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from labkit.lines import BackgroundLines, Lines
from tests.patience import PATIENCE


def test_lines_are_written_at_once(tmp_path: Path) -> None:
    file = tmp_path / "log"
    lines = Lines(os.open(file, os.O_WRONLY | os.O_CREAT))
    lines.write("one")
    assert file.read_bytes() == b"one\n"
    lines.write("é\ud800")  # half a surrogate pair is no text
    assert file.read_bytes() == "one\né\\ud800\n".encode()


def test_a_line_that_was_written_in_part_is_completed_first() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    lines, most = Lines(writer), 0
    with suppress(BlockingIOError):
        for most in range(1000):
            lines.write(f"{most}-{'x' * 1000}")
    assert 0 < most < 999
    came = os.read(reader, 1 << 20)
    lines.write("last")
    came += os.read(reader, 1 << 20)
    *whole, end = came.decode().split("\n")
    assert end == ""
    assert whole[-1] == "last"
    numbers = [int(line.partition("-")[0]) for line in whole[:-1]]
    assert numbers[:most] == list(range(most))  # the last in part or not at all
    assert all(len(line) == len(f"{n}-") + 1000 for n, line in enumerate(whole[:-1]))


def test_of_several_lines_the_rest_is_kept_once_a_part_was_written() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    lines, sent = Lines(writer), ["one", "x" * (1 << 20), "three"]
    with pytest.raises(BlockingIOError):
        lines.write(*sent)
    assert lines.kept
    with pytest.raises(BlockingIOError):
        lines.write("nowhere")
    assert not lines.kept
    came = os.read(reader, 1 << 20)
    while not came.endswith(b"last\n"):
        with suppress(BlockingIOError):
            lines.write("last")
        came += os.read(reader, 1 << 20)
    assert came.decode().splitlines() == [*sent, "last"]


def test_lines_that_come_together_are_all_written_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "log"
    lines = BackgroundLines(os.open(file, os.O_WRONLY | os.O_CREAT))
    for number in range(5000):
        lines.write(str(number))
    lines.close(60)
    assert file.read_text().splitlines() == [str(number) for number in range(5000)]


class Heard:
    """What the background says of itself."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.lost: list[int] = []
        self.changed = threading.Event()

    def failed(self, error: Exception) -> None:
        self.errors.append(error)
        self.changed.set()

    def works(self, lost: int) -> None:
        self.lost.append(lost)
        self.changed.set()


def test_a_full_disk_is_told_once_and_lines_go_on_when_it_has_space() -> None:
    heard, reader_writer = Heard(), os.pipe()
    reader, writer = reader_writer
    full = os.open("/dev/full", os.O_WRONLY)
    descriptor = os.dup(full)
    lines = BackgroundLines(descriptor, heard.failed, heard.works)
    for number in range(3):
        lines.write(str(number))
    assert heard.changed.wait(PATIENCE)
    heard.changed.clear()
    os.dup2(writer, descriptor)
    lines.write("again")
    assert heard.changed.wait(PATIENCE)
    lines.close(PATIENCE)
    came = os.read(reader, 100).decode().splitlines()
    assert came[-1] == "again"
    assert [error.errno for error in heard.errors if isinstance(error, OSError)] == [28]
    assert heard.lost == [4 - len(came)]


def test_a_reader_that_is_gone_or_reads_nothing_holds_nobody_up() -> None:
    reader, writer = os.pipe()
    slow = BackgroundLines(writer)
    for _ in range(30_000):  # more than a pipe and the line have room for
        slow.write("x" * 100)
    slow.close(0.1)
    os.close(reader)

    heard, (reader, writer) = Heard(), os.pipe()
    os.close(reader)
    gone = BackgroundLines(writer, heard.failed)
    gone.write("x")
    gone.write("y")
    gone.close(PATIENCE)
    assert [type(error) for error in heard.errors] == [BrokenPipeError]
