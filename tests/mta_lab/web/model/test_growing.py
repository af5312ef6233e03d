"""A capture that grows: what is made of it piece by piece is what is made of the whole."""

from pathlib import Path

from mta_lab.web.model.build import of_lab
from mta_lab.web.model.growing import Growing
from mta_lab.web.model.page import Page
from tests.mta_lab.web.conftest import Ran


def page_of(seed: Ran, file: Path, growing: Growing | None = None) -> Page:
    page = of_lab(seed.minutes.lab, seed.minutes.records, file, growing=growing)
    return page.model_copy(update={"capture": ""})


def test_piece_by_piece_it_comes_to_the_same(seed: Ran, tmp_path: Path) -> None:
    """It may end within a packet, which is whole the next time."""
    octets, file = seed.capture.read_bytes(), tmp_path / "growing.pcapng"
    growing = Growing((seed.minutes.lab.placement.port,))
    numbers = []
    for end in range(0, len(octets), 997):
        file.write_bytes(octets[: end + 500])
        numbers.append(len(page_of(seed, file, growing).arrows))
    file.write_bytes(octets)
    assert page_of(seed, file, growing) == page_of(seed, seed.capture)
    assert numbers == sorted(numbers)
    assert len({*numbers}) > 3


def test_what_is_known_is_not_made_again(seed: Ran) -> None:
    growing = Growing((seed.minutes.lab.placement.port,))
    page_of(seed, seed.capture, growing)
    before = dict(growing.arrows)
    page_of(seed, seed.capture, growing)
    assert [*growing.arrows] == [*before]
    assert all(growing.arrows[step] is each for step, each in before.items())


def test_another_file_is_begun_anew(seed: Ran, tmp_path: Path) -> None:
    growing = Growing((seed.minutes.lab.placement.port,))
    page_of(seed, seed.capture, growing)
    other = tmp_path / "other.pcapng"
    other.write_bytes(seed.capture.read_bytes())
    assert page_of(seed, other, growing) == page_of(seed, seed.capture)


def test_an_association_that_goes_on_is_not_said_to_be_cut_short(seed: Ran, tmp_path: Path) -> None:
    """The capture has not ended: nobody knows yet what it lacks."""
    file = tmp_path / "half.pcapng"
    octets = seed.capture.read_bytes()
    file.write_bytes(octets[: len(octets) // 2])

    def notes(growing: Growing | None) -> list[str]:
        arrows = page_of(seed, file, growing).arrows
        return [finding.text for arrow in arrows for finding in arrow.findings]

    ended = "the capture ends before the association does"
    assert any(ended in each for each in notes(None))
    assert not any(ended in each for each in notes(Growing((seed.minutes.lab.placement.port,))))
