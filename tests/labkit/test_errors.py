"""What people read of an error."""

from pathlib import Path

import pytest

from labkit.errors import in_words


def test_an_error_of_the_system_names_the_file_and_no_number(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(OSError, match="No such file") as caught:
        missing.read_bytes()
    assert in_words(caught.value) == f"{missing}: No such file or directory"


@pytest.mark.parametrize("error", [ValueError("7: at most 6"), OSError("no such host")])
def test_other_errors_say_what_they_say(error: Exception) -> None:
    assert in_words(error) == str(error)
