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
    pid = tmp_path / "pid"
    command = ["sh", "-c", f"cat /dev/zero >/dev/null & echo $! >{pid}; wait"]
    with pytest.raises(ConfigurationError, match=r"site\.nft: sh did not come to an end of it"):
        answer(command, "site.nft", patience=1)
    state = Path(f"/proc/{pid.read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"
