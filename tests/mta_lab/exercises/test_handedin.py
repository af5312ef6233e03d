"""Files of somebody else: plain, short, and where they belong."""

import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.exercises import handedin
from tests.patience import PATIENCE

SECRET = "root:x:0:0"


def refused(directory: Path, name: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        handedin.read(directory, name)
    return str(caught.value)


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("one: 1\n", "utf-8")
    assert handedin.read(tmp_path, "a.yaml")[0] == {"one": 1}
    assert handedin.digest(tmp_path, "a.yaml") == hashlib.sha256(b"one: 1\n").hexdigest()
    assert "cannot be read" in refused(tmp_path, "b.yaml")


def test_links_lead_nowhere(tmp_path: Path) -> None:
    learner = tmp_path / "learner"
    learner.mkdir()
    (tmp_path / "secret").write_text(SECRET, "utf-8")
    (learner / "link").symlink_to(tmp_path / "secret")
    (learner / "hosts").symlink_to(tmp_path)
    for name in ("link", "hosts/secret", "../secret", str(tmp_path / "secret")):
        said = refused(learner, name)
        assert SECRET not in said
        assert "a link" in said or "not in" in said
    (learner / "dangling").symlink_to(tmp_path / "nowhere")
    assert handedin.is_there(learner, "dangling")
    with pytest.raises(ConfigurationError, match="a link"):
        handedin.digest(learner, "dangling")


def test_what_never_ends_is_not_begun(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "no plain file" in refused(tmp_path, "pipe")
    (tmp_path / "directory").mkdir()
    assert refused(tmp_path, "directory")
    with (tmp_path / "long").open("wb") as stream:
        stream.truncate(64 << 20)  # a sparse file
    assert "longer than 128 KB" in refused(tmp_path, "long")


@pytest.mark.parametrize(
    "text",
    [
        "\xff",
        "a: &a [1, *a]\nb: [*b]\n",
        "[" * 50_000,
        "a: " + "9" * 50_000,
        "a: !!python/object/apply:os.system [id]\n",
        "? [a, b]\n: {c: d}\n? {e: f}\n: g\n",
        "a: !!int x\n",
        "a: !!timestamp x\n",
        "a: !!binary x\n",
        "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9) if n else 0}]\n" for n in range(12)),
    ],
)
def test_what_yaml_can_be_is_read_or_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(text.encode("latin-1"))
    with suppress(ConfigurationError):
        handedin.read(tmp_path, "a.yaml")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    handedin.write(tmp_path, "a.yaml", "one: 1\n")
    assert file.stat().st_mode & 0o777 == 0o644
    file.chmod(0o600)
    handedin.write(tmp_path, "a.yaml", "two: 2\n")
    assert file.read_text("utf-8") == "two: 2\n"
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigurationError, match="longer than 128 KB"):
        handedin.write(tmp_path, "a.yaml", "x" * (129 << 10))
    (tmp_path / "directory").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        handedin.write(tmp_path, "directory", "x")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        handedin.write(tmp_path, "none/a.yaml", "x")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.yaml", "directory"]
    assert file.read_text("utf-8") == "two: 2\n"


def test_nothing_is_written_elsewhere(tmp_path: Path) -> None:
    learner = tmp_path / "learner"
    learner.mkdir()
    (learner / "link").symlink_to(tmp_path / "secret")
    (learner / "hosts").symlink_to(tmp_path)
    for name in ("link", "hosts/secret", "../secret", str(tmp_path / "secret")):
        with pytest.raises(ConfigurationError, match=r"a link|not in"):
            handedin.write(learner, name, "x")
    assert not (tmp_path / "secret").exists()


def test_one_program_at_a_time_changes_a_directory(tmp_path: Path) -> None:
    order: list[str] = []

    def other() -> None:
        with handedin.alone(tmp_path):
            order.append("other")

    waiting = threading.Thread(target=other)
    with handedin.alone(tmp_path):
        waiting.start()
        waiting.join(0.1)
        order.append("one")
    waiting.join(PATIENCE)
    assert order == ["one", "other"]
    with pytest.raises(ConfigurationError, match="cannot be read"), handedin.alone(tmp_path / "x"):
        pass
