"""Each page of the documentation is in a menu of the site."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from mkdocs_hooks import ROOT, published


def _pages(menu: Any) -> Iterator[str]:
    if isinstance(menu, str):
        yield menu
    elif isinstance(menu, dict):
        for each in menu.values():
            yield from _pages(each)
    else:
        for each in menu:
            yield from _pages(each)


def test_each_page_is_in_a_menu_once() -> None:
    menu = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    assert sorted(_pages(menu)) == [
        path.as_posix() for path in published() if Path(path).suffix == ".md"
    ], "mkdocs.yml has the menus, in `nav`"
