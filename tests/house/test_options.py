"""Numbers that people give to commands are bounded, and wrong ones are refused in one sentence."""

import pytest
from typer.testing import CliRunner

from tests.house.commands import COMMANDS, Command, Option, app

NUMBERS = [
    (command, option)
    for command in COMMANDS
    for option in command.options
    if option.types & {int, float}
]


def spelling(option: Option) -> str:
    """An option as it is written, or an argument's name."""
    return next(
        (flag for flag in option.flags if flag.startswith("--")),
        f"--{option.name.replace('_', '-')}",
    )


@pytest.mark.parametrize(
    ("command", "option"), NUMBERS, ids=lambda each: getattr(each, "name", None) or each.words[1]
)
def test_a_number_has_bounds(command: Command, option: Option) -> None:
    checked = option.info.callback is not None
    assert checked or None not in (option.info.min, option.info.max)
    values = ["-1", "1" + "0" * 30]
    if float in option.types:
        values += ["nan", "inf", "1e400"]
    program, *words = command.words
    is_argument = type(option.info).__name__ == "ArgumentInfo"
    for value in values:
        given = ["--", value] if is_argument else [f"{spelling(option)}={value}"]
        done = CliRunner().invoke(app(program), [*words, *given])
        assert done.exit_code == 2, done.output
        assert "Invalid value" in done.output
        assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)


def test_all_numbers_are_looked_at() -> None:
    found = {(command.words[1:], option.name) for command, option in NUMBERS}
    assert {(("mail", "show"), "number"), (("up",), "time_scale"), (("ping",), "timeout")} <= found
