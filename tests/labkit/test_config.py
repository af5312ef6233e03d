"""Configuration files."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from labkit import document
from labkit.config import ConfigurationError, Section, dump, load, load_text, parse, text_of
from labkit.reason import Place


class Inner(Section):
    country: str
    port: int = 102


class Entry(Section):
    name: str
    sender: str = Field(default="", alias="from")


class Outer(Section):
    inner: Inner
    other: Inner = Inner(country="SE")
    entries: tuple[Entry, ...] = ()
    hosts: dict[str, Entry] = Field(default_factory=dict)


def test_yaml_1_2_knows_norway(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("inner: {country: NO}")
    assert load(path, Outer) == Outer(inner=Inner(country="NO"))


def test_a_text_is_read_as_that_of_a_file_would_be(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("inner:\n  country: NO\n")
    there = load_text(text_of(path).replace("NO", "SE"), path, Outer)
    assert there.inner.country == "SE"
    assert there.inner.place("country") == load(path, Outer).inner.place("country")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        text_of(tmp_path / "none.yaml")
    with pytest.raises(ConfigurationError, match="/dev/zero: longer than 64 MB"):
        text_of(Path("/dev/zero"))  # which has no end
    path.write_bytes(b"first\r\nsecond\rthird\n")
    assert text_of(path) == "first\nsecond\nthird\n"


def test_dump_is_read_again(tmp_path: Path) -> None:
    model = Outer(inner=Inner(country="NO", port=1))
    dump(model, tmp_path / "a.yaml")
    assert load(tmp_path / "a.yaml", Outer) == model


@given(st.lists(st.sampled_from(["\\", "x1b", "\x1b", "\n", " ", '"', "'", "words", "é"])))
def test_text_is_read_as_it_was_dumped(parts: list[str]) -> None:
    """Long text with escapes is not folded: the library would put a space into it."""
    entry = Entry(name="".join(parts))
    with TemporaryDirectory() as directory:
        dump(entry, path := Path(directory) / "a.yaml")
        assert load(path, Entry) == entry


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("inner: {country: NO, port: x}", "inner.port: must be a whole number"),
        ("inner: {country: NO, colour: red}", "inner.colour: there is no such field"),
        ("{}", "inner: is missing"),
        ("[]", "(top level): "),
        ("a: b: c", "not YAML"),
    ],
)
def test_errors_name_file_field_and_value(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        load(path, Outer)
    assert str(error.value).startswith(f"{path}:1: ")
    assert complaint in str(error.value)


def test_the_value_is_shown() -> None:
    with pytest.raises(ConfigurationError, match=r"\(found: 'x'\)"):
        parse({"inner": {"country": "NO", "port": "x"}}, Outer, "name")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "none.yaml", Outer)


PLACED = """\
inner:
  country: NO
entries:
  - name: first
    from: here
hosts:
  X:
    name: ex
"""


@pytest.fixture
def placed(tmp_path: Path) -> tuple[str, Outer]:
    path = tmp_path / "placed.yaml"
    path.write_text(PLACED)
    return str(path), load(path, Outer)


def test_a_field_has_its_place(placed: tuple[str, Outer]) -> None:
    file, outer = placed
    assert outer.inner.place("country") == Place("inner.country", file, 2)
    assert outer.entries[0].place("sender") == Place("entries.first.from", file, 5)
    assert outer.hosts["X"].place("name") == Place("hosts.X.name", file, 8)
    assert outer.hosts["X"].place() == outer.place("hosts", "X") == Place("hosts.X", file, 7)


def test_a_default_has_the_line_of_the_section_around_it(placed: tuple[str, Outer]) -> None:
    file, outer = placed
    assert outer.inner.place("port") == Place("inner.port", file, 1)
    assert outer.other.place("port") == Place("other.port", file, 1)
    assert outer.hosts["X"].place("sender") == Place("hosts.X.from", file, 7)


def test_defaults_are_not_shared_between_files(placed: tuple[str, Outer], tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("# another\n\ninner: {country: NO}\n")
    another = load(tmp_path / "b.yaml", Outer)
    assert another.other.place("port").line == 3
    assert placed[1].other.place("port").line == 1
    assert Outer.model_fields["other"].default.place("port") == Place("port")


def test_a_section_made_by_hand_has_no_file() -> None:
    assert Inner(country="NO").place("port") == Place("port")


def test_a_field_that_is_not_there_has_no_place(placed: tuple[str, Outer]) -> None:
    with pytest.raises(KeyError):
        placed[1].inner.place("county")


def test_copies_keep_their_places(placed: tuple[str, Outer]) -> None:
    file, outer = placed
    changed = outer.inner.model_copy(update={"port": 7})
    assert changed.place("country") == Place("inner.country", file, 2)
    whole = outer.model_copy(update={"entries": outer.entries * 2})
    assert whole.entries[1].place("name").line == 4


def test_a_place_is_no_part_of_a_value(placed: tuple[str, Outer]) -> None:
    _, outer = placed
    by_hand = Inner(country="NO")
    assert outer.inner.place("country") != by_hand.place("country")
    assert outer.inner == by_hand
    assert hash(outer.inner) == hash(by_hand)


def test_what_is_written_takes_its_places_along(placed: tuple[str, Outer], tmp_path: Path) -> None:
    file, outer = placed
    generated = tmp_path / "host" / "config.yaml"
    generated.parent.mkdir()
    moved = outer.model_copy(update={"inner": outer.inner.model_copy(update={"port": 1})})
    dump(moved, generated)
    again = load(generated, Outer)
    assert again == moved
    assert again.inner.place("country") == Place("inner.country", file, 2)
    assert again.entries[0].place("sender") == Place("entries.first.from", file, 5)
    assert again.other.place("port") == Place("other.port", file, 1)
    assert sorted(each.name for each in generated.parent.iterdir()) == [
        "config.places.json",
        "config.yaml",
    ]


@pytest.mark.parametrize("name", ["config.yaml", "config.json"])
def test_what_was_written_is_read_without_its_yaml(
    placed: tuple[str, Outer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """And gives what the YAML gives, which JSON is, too."""
    dump(placed[1], generated := tmp_path / name)
    with monkeypatch.context() as patch:
        patch.delattr(document, "read")
        again = load(generated, Outer)
    (tmp_path / "config.places.json").unlink()
    assert again == load(generated, Outer) == placed[1]


def test_a_file_that_was_edited_afterwards_has_its_own_places(
    placed: tuple[str, Outer], tmp_path: Path
) -> None:
    generated = tmp_path / "config.yaml"
    dump(placed[1], generated)
    generated.write_text("# edited\n" + generated.read_text())
    assert load(generated, Outer).inner.place() == Place("inner", str(generated), 2)


def test_what_has_no_places_writes_none(placed: tuple[str, Outer], tmp_path: Path) -> None:
    generated = tmp_path / "config.yaml"
    dump(placed[1], generated)
    dump(Outer(inner=Inner(country="NO")), generated)
    assert not (tmp_path / "config.places.json").exists()
    assert load(generated, Outer).inner.place("country") == Place(
        "inner.country", str(generated), 2
    )


def test_fields_can_be_given_places(placed: tuple[str, Outer]) -> None:
    file, outer = placed
    entry = Entry(name="x").with_origins(sender=outer.places().at("inner", "country"))
    assert entry.place("sender") == Place("inner.country", file, 2)
    assert outer.entries[0].with_origins(sender=outer.places()).place("sender").line == 5
