"""Exercises, made once each."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from mta_lab.backends.registry import BackendName
from mta_lab.exercises.course import find
from mta_lab.exercises.directory import key_file, write_exercise


@pytest.fixture(scope="session")
def made(
    tmp_path_factory: pytest.TempPathFactory, needs_netns: Callable[[], None]
) -> Callable[[str, str, Path], Path]:
    """A copy, in a directory of a test's, of what `new` writes for an exercise and a seed.

    A test whose exercise needs network namespaces is skipped where there are none.
    """
    top = tmp_path_factory.mktemp("exercises")

    @cache
    def original(name: str, seed: str) -> Path:
        directory = top / f"{name}-{seed}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MTA_LAB_STATE", str(top / "state"))
            write_exercise(find(name), seed, directory)
        return directory

    def copy(name: str, seed: str, where: Path) -> Path:
        if find(name).backend is BackendName.NETNS:
            needs_netns()
        directory = original(name, seed)
        shutil.copy(key_file(directory), where)
        return Path(shutil.copytree(directory, where / directory.name))

    return copy


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTA_LAB_STATE", str(tmp_path / "state"))
