"""What is shown of a field."""

import pytest

from mta_emu.osi.rtse.primitives import Mode
from mta_lab.sheet.shown import password_shown, text_of


@pytest.mark.parametrize(
    ("password", "shown"),
    [(None, "left out"), ("", "empty"), (" ", "a single space"), ("  ", "given"), ("x", "given")],
)
def test_of_a_password_only_its_kind_is_shown(password: str | None, shown: str) -> None:
    assert password_shown(password) == shown


def test_a_value_is_shown_as_the_file_has_it() -> None:
    assert text_of(Mode.NORMAL_1988) == "1988-normal"
    assert text_of(30) == "30"
