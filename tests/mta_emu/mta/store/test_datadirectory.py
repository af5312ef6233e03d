"""A data directory that nobody else reads, and that one MTA at a time has."""

import os
import stat
from pathlib import Path

import pytest

from mta_emu.mta.store.datadirectory import DirectoryInUseError, held
from mta_emu.mta.store.store import Store


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_directory_and_files_are_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    directory, before = tmp_path / "new" / "data", os.umask(umask)
    try:
        with held(directory):
            store = Store.open(directory)
            store.contents.keep(b"secret")
            assert mode(directory) == 0o700
            assert {name.name: mode(name) for name in directory.iterdir()} == {
                "mta.db": 0o600,
                "mta.db-wal": 0o600,
                "mta.db-shm": 0o600,
                "mta.pid": 0o600,
            }
            store.close()
    finally:
        os.umask(before)


def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    (tmp_path / "mta.db").chmod(0o644)
    (tmp_path / "Ev0.log").write_text("")
    (tmp_path / "Ev0.log").chmod(0o644)
    tmp_path.chmod(0o755)
    with held(tmp_path):
        assert mode(tmp_path) == 0o700
        assert mode(tmp_path / "mta.db") == mode(tmp_path / "Ev0.log") == 0o600


def test_a_directory_with_other_things_in_it_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("")
    (tmp_path / "letter.txt").chmod(0o644)
    tmp_path.chmod(0o755)
    with held(tmp_path):
        assert mode(tmp_path) == 0o755
        assert mode(tmp_path / "letter.txt") == 0o644
        assert mode(tmp_path / "mta.db") == 0o600


def test_a_second_mta_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    with held(tmp_path):
        with pytest.raises(
            DirectoryInUseError, match=f"{tmp_path}: the MTA of process {os.getpid()}"
        ):
            held(tmp_path).__enter__()
        assert (tmp_path / "mta.pid").read_text() == f"{os.getpid()}\n"
    with held(tmp_path):
        pass
