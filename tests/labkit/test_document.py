"""YAML files as plain values, and what is said of files that are none."""

from pathlib import Path

import pytest

from labkit.document import read, value
from labkit.errors import ConfigurationError

FILE = Path("a.yaml")
#: Eight texts, and eleven times eight of what is before.
BILLIONS = "[&a0 [x, x, x, x, x, x, x, x]{}]".format(
    "".join(f", &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12))
)


def test_a_document_and_its_lines() -> None:
    document, origin = read(FILE, "country: NO\nlist:\n  - 1\n")
    assert document == {"country": "NO", "list": [1]}
    assert origin.at("list", "0").place.line == 3


def test_an_empty_file_is_nothing() -> None:
    assert read(FILE, "# nothing\n")[0] is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3: a: is given twice, first in line 1"),
        ("x:\n  a: 1\n  a: 2\n", "a.yaml:3: a: is given twice, first in line 2"),
        ("x:\n\ta: 1\n", "a.yaml:2: not YAML: a line is indented with a tab; use spaces"),
        ("a: b: c\n", "a.yaml:1: not YAML: mapping values are not allowed here (column 5)"),
        ("a: [1\nb: 2\n", "a.yaml:2: not YAML: "),
        ("a: \x07\n", "a.yaml:1: not YAML: the character U+0007 must not be in a file"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2: not YAML: "),
        ("a: *b\n", "a.yaml:1: not YAML: found undefined alias 'b'"),
        ("a: !!python/object:os.system x\n", "a.yaml:1: not YAML: could not determine"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_number(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(FILE, text)
    (line,) = str(error.value).splitlines()
    assert line.startswith(complaint)
    assert "unicode string" not in line


def test_every_name_that_is_given_twice_is_said() -> None:
    with pytest.raises(ConfigurationError) as error:
        read(FILE, "a: 1\nx: {b: 1, b: 2}\na: 3\n")
    assert len(str(error.value).splitlines()) == 2


def test_a_few_lines_are_not_billions_of_values() -> None:
    with pytest.raises(ConfigurationError, match=r"^a\.yaml: its aliases repeat more than 100000"):
        read(FILE, BILLIONS)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (BILLIONS, "x: its aliases repeat more than 100000 values"),
        ("{a: " * 1000, "x: its lists and mappings are nested too deeply"),
    ],
)
def test_a_value_from_elsewhere_has_the_same_bounds(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        value("x", text)


def test_a_value_is_what_yaml_has_it() -> None:
    assert value("x", "[1, off, {a: b}]") == [1, "off", {"a": "b"}]
    assert value("x", "") is None


def test_aliases_that_repeat_a_little_are_taken() -> None:
    document, _ = read(FILE, "one: &one {a: [1, 2]}\ntwo: *one\nthree: [*one, *one]\n")
    assert document == {"one": {"a": [1, 2]}, "two": {"a": [1, 2]}, "three": [{"a": [1, 2]}] * 2}


@pytest.mark.parametrize("open_", ["[", "{a: "])
def test_what_is_nested_too_deeply_is_refused(open_: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^a\.yaml: .*nested too deeply"):
        read(FILE, f"a: {open_ * 5000}")


def test_values_may_stay_as_they_were_written() -> None:
    text = "a: 594e58\n1: [0x1F, 2026-01-01, yes, null]\nempty:\nquoted: '1'\n"
    assert read(FILE, text, as_written=True)[0] == {
        "a": "594e58",
        "1": ["0x1F", "2026-01-01", "yes", "null"],
        "empty": None,
        "quoted": "1",
    }
    assert read(FILE, "a: !!int 0x1F\nb: &b [1]\nc: *b\n", as_written=True)[0] == {
        "a": "0x1F",
        "b": ["1"],
        "c": ["1"],
    }
