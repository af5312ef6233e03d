"""The programs `docker` and Compose: which engine they are given, and what they say."""

from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends.docker import Docker

#: Says what it was given; has no Compose, and fails when it is to.
_DOCKER = """\
#!/bin/sh
case "$*" in
*compose*) exit 1 ;;
*fail*) seq 7 >&2; exit 3 ;;
esac
echo "docker $*"; cat
"""
_COMPOSE = """\
#!/bin/sh
echo "$*" >>composed
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a `docker` that is the only one, and a docker-compose that may be."""
    for name, text in (("docker", _DOCKER), ("docker-compose", _COMPOSE)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_engine_is_that_of_its_context(programs: Path) -> None:
    assert Docker()("ps", "--all", given=b"") == "docker ps --all"
    assert Docker("north")("ps", given=b" and more") == "docker --context north ps\n and more"
    assert Docker("north").command("ps") == ["docker", "--context", "north", "ps"]


def test_a_failure_is_told_with_the_last_words(programs: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Docker("north")("fail")
    assert str(raised.value) == "docker --context north fail: status 3: 3\n4\n5\n6\n7"
    assert not Docker().can("fail")
    assert Docker().can("ps")


def test_docker_compose_is_taken_where_docker_has_none(programs: Path) -> None:
    Docker("north").compose("up", "--no-start")
    assert (programs / "composed").read_text().splitlines() == [
        "--context north version",
        "--context north up --no-start",
    ]


def test_without_compose_it_says_so(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (programs / "docker-compose").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(ConfigurationError, match="neither `docker compose` nor `docker-compose` w"):
        Docker().compose("up")
