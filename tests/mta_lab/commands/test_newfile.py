"""Files that are written anew."""

from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.commands.newfile import refuse_existing, write_new


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    out = tmp_path / "new"
    refuse_existing(out)
    write_new(out, "text")
    assert (out.read_text("utf-8"), out.stat().st_mode & 0o777) == ("text", 0o600)


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "there"
    out.write_text("mine", "utf-8")
    for attempt in (lambda: refuse_existing(out), lambda: write_new(out, "text")):
        with pytest.raises(ConfigurationError, match="is there already"):
            attempt()
    assert out.read_text("utf-8") == "mine"
