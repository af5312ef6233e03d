"""The pages of the commands have every command, and every option of it."""

from inspect import signature

from tests.command_pages import documents, title
from tests.house.commands import COMMANDS

PAGES = dict(documents())


def test_every_command_has_its_section_and_says_what_it_does() -> None:
    text = "\n".join(PAGES.values())
    for command in COMMANDS:
        assert f"\n## {title(command)}\n\n`{title(command)}" in text
        assert command.function.__doc__, title(command)
        given = {*signature(command.function).parameters} - {"context"}
        assert given == {each.name for each in command.options}, title(command)


def test_a_switch_a_value_with_bounds_and_one_of_several_words() -> None:
    run = next(text for path, text in PAGES.items() if path.stem == "mta-lab")
    assert "- `-v, --verbose`: Show every record that the hosts write.\n" in run
    assert (
        "- `--backend loopback|netns|compose`: Where the hosts live; netns needs root. "
        "(default: loopback)\n"
    ) in run
    assert "Wall seconds that a step may take. (from 0.1 to 86400; default: 60.0)\n" in run
