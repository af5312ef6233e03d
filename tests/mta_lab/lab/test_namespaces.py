"""A thread that is in another network namespace for a while."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mta_lab.lab.namespaces import entered

MINE = Path("/proc/thread-self/ns/net")


def test_none_is_where_it_is() -> None:
    before = os.readlink(MINE)
    with entered(None):
        assert os.readlink(MINE) == before


def test_a_thread_enters_and_comes_back_after_an_error_too(
    needs_netns: Callable[[], None],
) -> None:
    needs_netns()
    command = ["unshare", "--net", "sh", "-c", "echo here; read line"]
    before = os.readlink(MINE)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"here\n"
        namespace = Path(f"/proc/{other.pid}/ns/net")
        inside = []

        def fail_inside() -> None:
            with entered(namespace):
                inside.append(os.readlink(MINE))
                raise KeyError

        with pytest.raises(KeyError):
            fail_inside()
        assert inside == [os.readlink(namespace)] != [before]
        assert os.readlink(MINE) == before
        other.kill()


def test_a_namespace_that_is_not_there_is_an_error_and_nothing_changes(tmp_path: Path) -> None:
    before = os.readlink(MINE)
    with pytest.raises(OSError, match="none"), entered(tmp_path / "none"):
        pytest.fail("entered what is not there")
    assert os.readlink(MINE) == before
