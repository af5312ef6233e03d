import os
import select
from pathlib import Path

import pytest

from labkit.errors import ConfigurationError
from mta_lab.engines.program import answer


def test_what_a_program_says_and_how_it_ends() -> None:
    done = answer(["sh", "-c", "echo said; echo wrong >&2; exit 3"], "site.nft")
    assert (done.stdout, done.stderr, done.returncode) == ("said\n", "wrong\n", 3)


def test_it_runs_in_the_directory(tmp_path: Path) -> None:
    assert answer(["pwd", "-P"], "site.nft", tmp_path).stdout.strip() == str(tmp_path.resolve())


def test_nothing_comes_on_its_standard_input() -> None:
    assert answer(["cat"], "site.nft").stdout == ""


def test_octets_that_are_no_utf_8_are_replaced() -> None:
    assert answer(["printf", r"a\377b"], "site.nft").stdout == "a\ufffdb"


def test_one_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    # A writer that is still there keeps the pipe open: its end is what we wait for, not our kill.
    with open(os.open(held, os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:
        command = ["sh", "-c", f"exec 3>{held}; cat /dev/zero >/dev/null & wait"]
        with pytest.raises(ConfigurationError, match=r"site\.nft: sh did not come to an end of it"):
            answer(command, "site.nft", patience=1)
        assert select.select([reader], [], [], 60)[0], "a program that it started is still there"
        assert reader.read() == b""
