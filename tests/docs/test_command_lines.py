"""The commands and options that pages name, also within a sentence, are ones that there are."""

import re
from collections.abc import Iterator

import pytest

from mkdocs_hooks import ROOT, published
from tests.house.commands import COMMANDS, Command

#: The changelog also names what was there once.
PAGES = [path for path in published() if path.suffix == ".md" and path.name != "CHANGELOG.md"]
PROGRAM = re.compile(r"(?:^|(?<=[\s`$]))((?:mta-lab|mta-emu|firewall-proxy) +[a-z][^`\n#|;&]*)")
NEXT = re.compile(r" +(?=(?:mta-lab|mta-emu|firewall-proxy) +[a-z])")
BY_WORDS = {(each.words[0].replace("_", "-"), *each.words[1:]): each for each in COMMANDS}
GROUPS = {words[:2] for words in BY_WORDS if len(words) > 2}
OPTION = re.compile(r"(?<= )--[a-z][\w-]*")
CODE = re.compile(r"^ *```.*?^ *```$|`[^`]+`", re.MULTILINE | re.DOTALL)


def flags(command: Command) -> set[str]:
    """The long options of a command."""
    found = {"--help"}
    for each in command.options:
        name = each.name.replace("_", "-")
        found.update(each.flags or (f"--{name}", f"--no-{name}"))
    return found


def wrong(text: str) -> Iterator[str]:
    """The command lines in the code of a page that name no command, or an option that it lacks."""
    for code in CODE.findall(text):
        for line in PROGRAM.findall(code):
            for each in NEXT.split(line):  # `mta-lab exec HOST mta-emu ...` are two
                yield from _wrong_in(each)


def _wrong_in(line: str) -> Iterator[str]:
    words = tuple(line.split())
    command = BY_WORDS.get(words[:3]) or BY_WORDS.get(words[:2])
    if command is not None:
        named = set(OPTION.findall(line))
        yield from (f"{' '.join(words)}: {each}" for each in sorted(named - flags(command)))
    elif words not in GROUPS:
        yield " ".join(words)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_each_command_line_is_one_that_there_is(page: object) -> None:
    assert [*wrong((ROOT / str(page)).read_text("utf-8"))] == []


def test_what_there_is_not_is_found() -> None:
    text = (
        "`mta-lab run FILE --html X` is right, `mta-lab rum` and `mta-lab run --htm X` are wrong.\n"
        "```sh\nmta-lab exec EXTERNAL mta-emu events --idd 1\nmta-emu config chek a.yaml\n```\n"
        "Said in prose, mta-lab is a program, and mta-lab whistles no tune.\n"
    )
    assert [*wrong(text)] == [
        "mta-lab rum",
        "mta-lab run --htm X: --htm",
        "mta-emu events --idd 1: --idd",
        "mta-emu config chek a.yaml",
    ]
