"""Configuration files."""

from pathlib import Path

import pytest

from labkit.config import ConfigurationError, Section, dump, load, parse


class Inner(Section):
    country: str
    port: int = 102


class Outer(Section):
    inner: Inner


def test_yaml_1_2_knows_norway(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("inner: {country: NO}")
    assert load(path, Outer) == Outer(inner=Inner(country="NO"))


def test_dump_is_read_again(tmp_path: Path) -> None:
    model = Outer(inner=Inner(country="NO", port=1))
    dump(model, tmp_path / "a.yaml")
    assert load(tmp_path / "a.yaml", Outer) == model


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("inner: {country: NO, port: x}", "inner.port: Input should be a valid integer"),
        ("inner: {country: NO, colour: red}", "inner.colour: Extra inputs"),
        ("{}", "inner: Field required"),
        ("[]", "(top level): "),
        ("a: b: c", "not YAML"),
    ],
)
def test_errors_name_file_field_and_value(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        load(path, Outer)
    assert str(error.value).startswith(f"{path}: ")
    assert complaint in str(error.value)


def test_the_value_is_shown() -> None:
    with pytest.raises(ConfigurationError, match=r"\(found: 'x'\)"):
        parse({"inner": {"country": "NO", "port": "x"}}, Outer, "name")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "none.yaml", Outer)
