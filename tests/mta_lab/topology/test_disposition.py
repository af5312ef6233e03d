"""The words for what becomes of mail, and one word for several."""

from pathlib import Path

import pytest

from mta_lab.topology.disposition import Disposition, of_all, reported

GLOSSARY = Path(__file__).parents[3] / "docs" / "glossary.md"


@pytest.mark.parametrize(
    ("several", "one"),
    [
        ([], None),
        (["delivered"], "delivered"),
        (["delivered", "collected"], "collected"),
        (["collected", "cut off", "refused"], "cut off"),
    ],
)
def test_the_first_that_does_not_move_decides(several: list[str], one: str | None) -> None:
    assert of_all(Disposition(each) for each in several) == one


def test_every_word_is_in_the_glossary_and_no_other() -> None:
    text = (
        GLOSSARY.read_text("utf-8")
        .partition("| Word | Mail leaves | When |")[2]
        .partition("\n\n")[0]
    )
    words = [line.split("|")[1].strip() for line in text.splitlines()[2:]]
    assert words == [*Disposition]


def test_a_report_of_delivery_has_its_time_behind_it() -> None:
    assert reported("delivered 2026-01-05T12:00:00+00:00") == "delivered"
    assert reported("not delivered: unable-to-transfer") == "not delivered: unable-to-transfer"
    assert reported("") == ""
