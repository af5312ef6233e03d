"""The wheel has the ready topologies where the package looks for them, and nothing else has."""

from dataclasses import dataclass
from pathlib import Path

import pytest

import pdm_build
from mta_lab.topology import catalogue

ROOT = Path(__file__).parents[1]


@dataclass
class Building:
    target: str
    root: Path = ROOT


def test_the_wheel_has_all_topologies_with_what_lies_beside_them() -> None:
    files: dict[str, Path] = {}
    pdm_build.pdm_build_update_files(Building("wheel"), files)
    assert {*files.values()} == {*(ROOT / "labs").iterdir()}
    assert {ROOT / name for name in files} == {
        ROOT / "mta_lab" / "labs" / file.name for file in (ROOT / "labs").iterdir()
    }
    assert ROOT / "mta_lab" / "labs" in catalogue.CATALOGUES


@pytest.mark.parametrize("target", ["sdist", "editable"])
def test_elsewhere_they_lie_where_they_are(target: str) -> None:
    files: dict[str, Path] = {}
    pdm_build.pdm_build_update_files(Building(target), files)
    assert files == {}
