"""What a file of nftables includes: only what lies beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.errors import ConfigurationError
from mta_lab.engines.nftables import reader
from mta_lab.engines.nftables.includes import includes, refuse_strays

SECRET = "a-line-that-nobody-sees"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('include "./a.nft"', [(1, "./a.nft")]),
        ('table ip t { }\n\n  include\t"./*.nft"\n', [(3, "./*.nft")]),
        ('include \\\n "./a"', [(1, "./a")]),
        ('table ip t {include "./a"\n}', [(1, "./a")]),
        ('# include "./a"', []),
        ('define x = "include"', []),
        ('add rule t c comment "# no comment"; include "/b"', [(1, "/b")]),
        ('define include_more = 1\n# "\ninclude "/c" # "', [(3, "/c")]),
    ],
)
def test_includes_are_found_as_nft_finds_them(text: str, found: list[tuple[int, str]]) -> None:
    assert [*includes(text)] == found


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory of a topology, beside which lies what is nobody's business."""
    (tmp_path / "secret").write_text(SECRET, "ascii")
    directory = tmp_path / "site"
    directory.mkdir()
    (directory / "link.nft").symlink_to(tmp_path / "secret")
    (directory / "further.nft").write_text('include "../secret"', "ascii")
    (directory / "good.nft").write_text("table ip good { }\n", "ascii")
    (directory / "again.nft").write_text('include "./again.nft"', "ascii")
    return directory


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/etc/shadow", r'site.nft:2: include \'/etc/shadow\': .*write "./shadow"'),
        ("more.nft", r"only a file beside the topology"),
        ("../secret", "only a file beside"),
        ("./../secret", "lies outside"),
        ("./li*.nft", "lies outside"),
        ("./link.nft", "lies outside"),
        ("./further.nft", r"further.nft:1: include '../secret'"),
        ("./.", "is no ordinary file"),
    ],
)
def test_a_file_elsewhere_is_not_read(site: Path, path: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as refused:
        reader.read(f'\ninclude "{path}"\n', "site.nft", [], site)
    assert SECRET not in str(refused.value)


def test_a_file_that_includes_itself_is_read_once(site: Path) -> None:
    refuse_strays('include "./again.nft"', "site.nft", site)


def test_a_file_beside_it_is_read(site: Path, needs_netns: Callable[[], None]) -> None:
    needs_netns()
    found = reader.read('include "./good.nft"\ntable ip t { chain c { }; }\n', "s", [], site)
    assert [*found.chains] == [("ip", "t", "c")]
