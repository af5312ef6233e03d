"""A release whose tag, version, changelog or files do not agree is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.release import problems

ROOT = Path(__file__).parents[1]
NEW = "# Changelog\n\n## Unreleased\n\n## 1.2.0 - 2026-12-01\n\n### Added\n- Something.\n"
OLD = "\n## 1.1.0 - 2026-11-01\n- Another.\n"
BUILT = ("x_y-1.2.0-py3-none-any.whl", "x_y-1.2.0.tar.gz")


def test_what_agrees_is_a_release() -> None:
    assert [*problems("x-y", "1.2.0", "v1.2.0", NEW + OLD, BUILT)] == []
    assert [*problems("x-y", "1.2.0", "v1.2.0", NEW.replace("## Unreleased\n", ""), BUILT)] == []


@pytest.mark.parametrize(
    ("version", "tag", "changelog", "built", "said"),
    [
        ("1.2.0", "1.2.0", NEW, BUILT, "tag: it must be v1.2.0"),
        ("1.2.0", "", NEW, BUILT, "it is none"),
        ("1.2.0", "v1.2.1", NEW, BUILT, "it is v1.2.1"),
        ("1.2.0", "v1.2.0", OLD, BUILT, "must be 1.2.0, and is 1.1.0"),
        ("1.2.0", "v1.2.0", OLD + NEW, BUILT, "must be 1.2.0, and is 1.1.0"),
        ("1.2.0", "v1.2.0", "", BUILT, "must be 1.2.0, and is none"),
        ("1.2.0", "v1.2.0", NEW.replace(" - 2026-12-01", ""), BUILT, "the date is missing"),
        ("1.2.0", "v1.2.0", NEW.replace("2026-12-01", "soon"), BUILT, "the date is soon"),
        ("1.2.0", "v1.2.0", NEW.replace("- Something.", ""), BUILT, "1.2.0 has no entry"),
        ("1.2.0", "v1.2.0", NEW.replace("eased\n", "eased\n- New.\n"), BUILT, "under Unreleased"),
        ("1.2.0", "v1.2.0", NEW, BUILT[:1], "dist: must have"),
        ("1.2.0", "v1.2.0", NEW, (), "it has nothing"),
        ("1.2.0", "v1.2.0", NEW, (*BUILT, "x_y-1.1.0.tar.gz"), "dist: must have"),
    ],
)
def test_what_does_not_agree_is_named(
    version: str, tag: str, changelog: str, built: tuple[str, ...], said: str
) -> None:
    (found,) = problems("x-y", version, tag, changelog, built)
    assert said in found


def test_in_a_repository(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x-y"\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(NEW)
    (tmp_path / "dist").mkdir()
    for name in BUILT:
        (tmp_path / "dist" / name).touch()

    def run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*map(str, command)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def check() -> "subprocess.CompletedProcess[str]":
        return run(sys.executable, ROOT / "tests" / "release.py")

    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    run("git", "init", "--quiet")
    run("git", "add", "pyproject.toml", "CHANGELOG.md")
    run("git", *who, "commit", "--quiet", "--message", "All of it")
    done = check()
    assert done.returncode == 1
    assert "it is none" in done.stdout
    run("git", "-c", "tag.gpgsign=false", *who, "tag", "v1.2.0", "--message", "v1.2.0")
    done = check()
    assert (done.returncode, done.stdout) == (
        0,
        "x-y 1.2.0: tag, version, changelog and files agree\n",
    )
    (tmp_path / "CHANGELOG.md").write_text(NEW + OLD)
    done = check()
    assert (done.returncode, done.stdout) == (1, "not committed: CHANGELOG.md\n")
