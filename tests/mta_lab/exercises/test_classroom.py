"""A directory for each name."""

from pathlib import Path

import pytest

from labkit.config import ConfigurationError, load
from mta_lab.exercises.classroom import missing, places, read_names, write_class
from mta_lab.exercises.directory import KeyFile, key_file


def names(tmp_path: Path, text: str) -> Path:
    (tmp_path / "names.csv").write_text(text, "utf-8")
    return tmp_path / "names.csv"


def test_names_are_in_the_first_column(tmp_path: Path) -> None:
    file = names(tmp_path, 'Name,Mail\n"Jones, Ann",a@x\n\nÖzil,b@x\n')
    assert read_names(file) == ("Jones, Ann", "Özil")
    with pytest.raises(ConfigurationError, match="no names"):
        read_names(names(tmp_path, "name\n"))


def test_a_name_is_never_a_path() -> None:
    found = places(["Jones, Ann", "../../etc", "a/b", ".."], "s", Path("top"))
    assert [each.directory for each in found] == [
        *(Path("top", each) for each in ("Jones-Ann", "etc", "a-b", "-"))
    ]
    assert [each.seed for each in found][:2] == ["s/Jones, Ann", "s/../../etc"]
    with pytest.raises(ConfigurationError, match="the same directory"):
        places(["a b", "A/B"], "s", Path("top"))


@pytest.mark.parametrize(
    "names", [("Ann", "Ann.key.yaml"), ("ann.KEY.yaml", "Ann"), ("Ann", "Ann")]
)
def test_nobodys_directory_is_the_key_file_of_another(names: tuple[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="the same directory or key file"):
        places(names, "s", Path("top"))


def test_a_name_may_be_long_and_odd() -> None:
    long, odd = places(["é" * 5000, "\x1b[2J-rf\u202e"], "s", Path("top"))
    assert len(long.directory.name.encode()) < 200
    assert odd.directory.name == "2J-rf"


def test_what_is_no_csv_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not CSV"):
        read_names(names(tmp_path, '"' + "x" * 200_000))


def test_each_has_a_seed_of_its_own(tmp_path: Path) -> None:
    each = places(["Ann", "Bob"], "2026", tmp_path)
    written = [*write_class("which-layer", each, 2)]
    assert written == [tmp_path / "Ann", tmp_path / "Bob"]
    keys = [load(key_file(directory), KeyFile) for directory in written]
    assert [key.seed for key in keys] == ["2026/Ann", "2026/Bob"]
    pages = {(directory / "exercise.md").read_text("utf-8") for directory in written}
    assert len(pages) == 2


def test_excel_writes_names_in_its_own_way(tmp_path: Path) -> None:
    file = names(tmp_path, '\ufeffName;Mail\r\nJones, Ann;a@x\r\n"Smith; Bob";b@x\r\n')
    assert read_names(file) == ("Jones, Ann", "Smith; Bob")
    assert read_names(names(tmp_path, '"Smith; Bob",b@x\nAnn\n')) == ("Smith; Bob", "Ann")
    assert read_names(names(tmp_path, "\ufeffName\nAnn\n")) == ("Ann",)


def test_who_comes_late_is_added(tmp_path: Path) -> None:
    first = places(["Ann"], "2026", tmp_path)
    assert [*write_class("which-layer", missing("which-layer", first), 1)] == [tmp_path / "Ann"]
    both = places(["Ann", "Bob"], "2026", tmp_path)
    assert missing("which-layer", both) == both[1:]
    with pytest.raises(ConfigurationError, match="another exercise, or of another seed"):
        missing("which-layer", places(["Ann"], "2027", tmp_path))
