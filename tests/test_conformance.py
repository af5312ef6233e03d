"""docs/conformance.md is what the marks of the tests say."""

from pathlib import Path

import pytest

from tests.conformance import ELEMENTS, PAGE, Proof, page, proofs, statuses

MARKED = """
@pytest.mark.element("probe")
@pytest.mark.element("proof of delivery", "carried")
async def test_it() -> None: ...
"""


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(proofs()), "run python -m tests.conformance"


def test_the_elements_are_those_that_are_counted() -> None:
    assert [len(ELEMENTS[group]) for group in list(ELEMENTS)[:3]] == [9, 26, 26]


def test_marks_are_read_from_the_files(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(MARKED)
    test = f"{tmp_path.name}/test_a.py::test_it"
    found = proofs(tmp_path)
    assert found == [
        Proof("probe", "supported", test),
        Proof("proof of delivery", "carried", test),
    ]
    assert statuses(found)["probe"] == "supported"
    assert statuses([*found, Proof("probe", "refused", test)])["probe"] == "supported"
    assert statuses(found)["access management"] == "absent"
    assert f"| proof of delivery | carried | `{test}` |" in page(found)


@pytest.mark.parametrize(
    ("mark", "complaint"),
    [
        ('"prob"', "test_a.py:1: no element is called 'prob': did you mean 'probe'"),
        ('"probe", "support"', "no status is called 'support': did you mean"),
        ('"xyzzy"', "no element is called 'xyzzy'$"),
    ],
)
def test_a_mark_that_names_nothing_is_said(tmp_path: Path, mark: str, complaint: str) -> None:
    (tmp_path / "test_a.py").write_text(f"@pytest.mark.element({mark})\ndef test_it(): ...\n")
    with pytest.raises(ValueError, match=complaint):
        proofs(tmp_path)
