"""The fuzz targets on what is known: their seeds, and the corpus in the tree."""

import pytest

from fuzz.__main__ import CORPUS
from fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_known_breaks_nothing(name: str) -> None:
    """Whatever once broke a target lies in the corpus."""
    target = TARGETS[name]
    known = [path.read_bytes() for path in sorted(CORPUS.joinpath(name).glob("*"))]
    inputs = [b"", *target.seeds(), *known]
    assert len(inputs) > 1
    for octets in inputs:
        target.run(octets)


def test_every_corpus_has_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)
