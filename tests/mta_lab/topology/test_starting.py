"""Each ready topology, and the one with comments, is one to start from."""

import shutil
from pathlib import Path

import pytest

from labkit.config import ConfigurationError, document_of
from mta_lab.rehearsal.findings import findings
from mta_lab.topology.reading import load_topology
from mta_lab.topology.starting import STARTING, starting

LABS = Path(__file__).parents[3] / "labs"


def write(name: str, directory: Path, source: Path) -> Path:
    path = directory / f"{name}.yaml"
    for file, text in starting(name, path, source).items():
        file.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("source", sorted(LABS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_copy_is_the_same_under_another_name(source: Path, tmp_path: Path) -> None:
    copy, original = load_topology(write("mine", tmp_path, source)), load_topology(source)
    assert copy.name == "mine"
    assert document_of(copy) == document_of(original) | {"name": "mine"}


def test_the_one_with_comments_has_two_mtas_and_a_firewall_and_no_findings(tmp_path: Path) -> None:
    path = write("mine", tmp_path, STARTING)
    topology = load_topology(path)
    assert (len(topology.mtas), [*topology.firewalls]) == (2, ["firewall"])
    assert not findings(topology)
    assert path.read_text("utf-8").count(" # ") > 8


def test_the_name_is_changed_and_nothing_else(tmp_path: Path) -> None:
    before = STARTING.read_text("utf-8").splitlines()
    after = write("mine", tmp_path, STARTING).read_text("utf-8").splitlines()
    assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == [
        ("name: start", "name: mine")
    ]


def test_a_file_whose_name_is_elsewhere_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "odd.yaml"
    source.write_text("{name: odd, title: Odd, networks: {}}\n")
    with pytest.raises(ConfigurationError, match="has no line `name: odd`"):
        starting("mine", tmp_path / "mine.yaml", source)


def test_a_file_of_a_firewall_that_is_missing_says_so(tmp_path: Path) -> None:
    source = tmp_path / "q196381-iptables.yaml"
    shutil.copy(LABS / source.name, source)
    with pytest.raises(ConfigurationError, match=r"q196381-iptables\.rules"):
        starting("mine", tmp_path / "mine.yaml", source)
