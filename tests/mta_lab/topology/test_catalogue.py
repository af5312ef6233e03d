"""Names of topologies: where they are looked up, which comes first, and what none has."""

import shutil
from pathlib import Path

import pytest

from mta_lab.topology.catalogue import CATALOGUES, directory, is_file, names, places, unknown

READY = Path(__file__).parents[3] / "labs"


def catalogue(at: Path, *stems: str) -> Path:
    at.mkdir(exist_ok=True)
    for stem in stems:
        (at / f"{stem}.yaml").write_text(f"name: {stem}\n")
    return at


@pytest.mark.parametrize("word", ["a/b", "./a", "a.yaml", "a.yml", "/a"])
def test_a_slash_or_the_suffix_makes_a_file(word: str, tmp_path: Path) -> None:
    assert is_file(word)
    assert places(word, here=tmp_path) == [tmp_path / word]  # there or not


def test_a_ready_topology_is_found_from_anywhere(tmp_path: Path) -> None:
    assert places("q196381", here=tmp_path) == [READY / "q196381.yaml"]
    assert READY in CATALOGUES
    assert directory(here=tmp_path) == READY


def test_the_order_is_here_then_the_catalogue_then_the_ready_ones(tmp_path: Path) -> None:
    own = catalogue(tmp_path / "labs", "q196381", "mine")
    catalogue(tmp_path, "q196381")
    assert directory(here=tmp_path) == own
    files = [tmp_path / "q196381.yaml", own / "q196381.yaml", READY / "q196381.yaml"]
    assert places("q196381", here=tmp_path) == files
    assert places("mine", here=tmp_path) == [own / "mine.yaml"]
    other = catalogue(tmp_path / "other", "q196381")
    assert places("q196381", other, tmp_path) == [files[0], other / "q196381.yaml", files[2]]


def test_a_file_here_of_just_this_name_comes_first(tmp_path: Path) -> None:
    (tmp_path / "q196381").write_text("name: q196381\n")
    assert places("q196381", here=tmp_path) == [tmp_path / "q196381", READY / "q196381.yaml"]
    (tmp_path / "tunnel").mkdir()  # a folder is none
    assert places("tunnel", here=tmp_path) == []


def test_one_file_is_named_once_however_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "labs").symlink_to(READY)
    assert places("q196381", here=tmp_path) == [tmp_path / "labs" / "q196381.yaml"]


def test_an_unknown_name_says_which_may_be_meant(tmp_path: Path) -> None:
    assert places("q19638", here=tmp_path) == []
    assert str(unknown("q19638", here=tmp_path)).endswith("; did you mean q196381?")
    assert str(unknown("my-la", here=tmp_path, others=["my-lab"])).endswith("mean my-lab?")
    own = catalogue(tmp_path / "labs", "mine")
    assert str(unknown("xyzzy", here=tmp_path)) == (
        f"xyzzy: no topology of this name, neither xyzzy.yaml here nor in {own}; "
        "`mta-lab list` shows the names"
    )


def test_the_names_are_those_that_are_found(tmp_path: Path) -> None:
    catalogue(tmp_path, "mine", "not a name", "$(reboot)")
    shutil.copy(READY / "q196381.yaml", tmp_path / "seed.yaml")
    found = names(here=tmp_path)
    assert {"mine", "seed", "q196381"} <= {*found}
    assert {*found} - {"mine", "seed"} == {path.stem for path in READY.glob("*.yaml")}
    assert all(places(name, here=tmp_path) for name in found)
