"""The modules of the page, and the one script that is made of them."""

import re

import pytest

from mta_lab.web.bundle import STATIC, script, text_of

MODULES = sorted(each.name for each in STATIC.iterdir() if each.name.endswith(".js"))


#: What a page begins with: that of a run or a lab, that of an exercise.
FIRST = ("app", "exercise-app")


def taken(first: str) -> list[str]:
    """The modules that are in the script of a page, in order."""
    return re.findall(r"^const in_(\w+) = \(\(\) => \{$", script(first), re.MULTILINE)


def test_every_module_is_in_the_script_of_a_page() -> None:
    found = {name for first in FIRST for name in taken(first)}
    assert sorted(found) == sorted(name[:-3].replace("-", "_") for name in MODULES)


@pytest.mark.parametrize("first", FIRST)
def test_a_module_is_in_a_script_once_and_after_what_it_imports(first: str) -> None:
    found = taken(first)
    assert len({*found}) == len(found)
    assert found[-1] == first.replace("-", "_")
    seen: set[str] = set()
    for name in found:
        text = text_of(f"{name.replace('_', '-')}.js")
        imported = re.findall(r'from "\./([\w-]+)\.js"', text)
        assert {each.replace("-", "_") for each in imported} <= seen
        seen.add(name)


def test_nothing_is_imported_or_exported_any_more() -> None:
    assert not re.search(r"^\s*(import|export)\b", script(), re.MULTILINE)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_and_exports_in_the_one_way(name: str) -> None:
    text = text_of(name)
    lines = [line for line in text.splitlines() if re.match(r"\s*(import|export)\b", line)]
    allowed = re.compile(
        r'import \{ [\w, ]+ \} from "\./[\w-]+\.js";'
        r"|export (async function|function|class|const) \w+.*"
    )
    assert [line for line in lines if not allowed.fullmatch(line)] == []
    assert "import(" not in text


@pytest.mark.parametrize("name", MODULES)
def test_a_module_makes_no_markup_and_runs_no_text(name: str) -> None:
    """Text of peers is text: nothing here could read it as markup or as a program."""
    text = text_of(name)
    for way in (
        *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser"),
        *("createContextualFragment", "srcdoc", "eval(", "new Function", "setTimeout("),
        *("XMLHttpRequest", "WebSocket", "localStorage", "http://"),
        *(() if name == "source.js" else ("fetch(", "EventSource(")),
    ):
        assert way not in text.replace('"http://www.w3.org/2000/svg"', ""), way


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_short_and_says_what_it_is(name: str) -> None:
    text = text_of(name)
    assert text.startswith("// ")
    assert text.count("\n") < 400


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        text_of("nothing.js")
