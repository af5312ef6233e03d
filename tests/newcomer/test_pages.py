"""Every page of the documentation, followed word by word in a fresh clone."""

import os
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from mkdocs_hooks import ROOT, published
from tests.newcomer.pages import NOT_RUN, OTHERS, PAGES
from tests.newcomer.walk import Block, Stumbled, blocks, walk

pytestmark = pytest.mark.timeout(840)  # not PATIENCE: each follows a whole page

BLOCKS: dict[str, list[Block]] = {
    path.as_posix(): blocks((ROOT / path).read_text("utf-8"))
    for path in published()
    if path.suffix == ".md"
}
#: What a command line of ours, or of one who works with it, begins with.
COMMAND = re.compile(r"(\$ )?(mta-lab|mta-emu|firewall-proxy|make|docker|pip|pipx|uvx|pytest) ")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_followed(follow: Callable[..., Any], page: str) -> None:
    needs = PAGES[page]
    if needs.root and os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    if missing := [each for each in needs.programs if not shutil.which(each)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    done = follow(page, os.geteuid())
    assert done.returncode == 0, done.stderr
    for said in needs.says:
        assert said in done.stdout


def test_every_page_with_commands_is_followed() -> None:
    found = {page for page, those in BLOCKS.items() if any(each.followed for each in those)}
    assert found == {*PAGES, *OTHERS}, "tests/newcomer/pages.py"


def test_what_nobody_runs_here_is_listed_with_its_reason() -> None:
    found = {
        (page, each.not_run) for page, those in BLOCKS.items() for each in those if each.not_run
    }
    assert found == NOT_RUN, "tests/newcomer/pages.py"


@pytest.mark.parametrize("page", BLOCKS)
def test_a_command_stands_in_a_block_that_is_followed(page: str) -> None:
    hidden = [
        line
        for each in BLOCKS[page]
        if each.kind not in ("sh", "text")
        for line in each.lines
        if COMMAND.match(line)
    ]
    assert hidden == []


def test_a_page_that_says_something_else_is_found(tmp_path: Any) -> None:
    page = tmp_path / "page.md"
    for text in (
        "```sh\nfalse\n```\n",
        "```sh\ntrue  # exit status 1\n```\n",
        "```text\n$ echo one\ntwo\n```\n",
        "```text\nwhat nobody said\n```\n",
        "```text\n$ echo the mail yes 12\nthe mail no 13\n```\n",
    ):
        page.write_text(text)
        with pytest.raises(Stumbled):
            [*walk(page)]
    page.write_text(
        "```text\n$ echo 10:00:00 'the mail yes    12'\n11:00:00 the mail yes  9\n```\n"
    )
    assert len([*walk(page)]) == 1
    page.write_text("```sh\n# not run: a reason\nfalse\n```\n\n- one\n\n  ```sh\n  true\n  ```\n")
    assert [line.strip() for line, _ in walk(page)] == ["true"]
    assert [each.not_run for each in blocks(page.read_text())] == ["a reason", ""]
