"""The questions, one by one."""

from collections.abc import Callable
from pathlib import Path

from mta_lab.exercises.answers import FILE, hints_taken, read_answers
from mta_lab.exercises.dialogue import ask
from mta_lab.exercises.sheet import read_sheet

Made = Callable[[str, str, Path], Path]


def asked(directory: Path, *lines: str) -> list[str]:
    said: list[str] = []
    typed = iter(lines)
    ask(directory, read_sheet(directory), lambda: next(typed, None), said.append)
    return said


def test_a_wrong_answer_is_asked_again_and_a_right_one_is_not(made: Made, tmp_path: Path) -> None:
    directory = made("mail-waits", "0", tmp_path)
    said = asked(directory, "\n", "?\n", "session\n", "mts\n")
    text = "\n".join(said)
    assert "1. refusal" in said[2]
    assert "Open the refusal" in text
    assert "wrong; look at frame" in text
    assert "right (1 of 2 points)" in text
    assert "3. event" in text
    assert "4. cause" not in text
    sheet = read_sheet(directory)
    assert read_answers(directory, sheet) == {"layer": "mts"}
    assert hints_taken(directory) == {"layer": 1}
    assert "# event:" in (directory / FILE).read_text("utf-8")
    assert "2. layer" not in "\n".join(asked(directory))


def test_hints_come_to_an_end(made: Made, tmp_path: Path) -> None:
    said = asked(made("mail-waits", "0", tmp_path), "?\n", "?\n")
    assert "all were given" in said[-1]


def test_the_end_of_input_is_the_end(made: Made, tmp_path: Path) -> None:
    assert len([line for line in asked(made("sizes", "0", tmp_path)) if "1. " in line]) == 1
