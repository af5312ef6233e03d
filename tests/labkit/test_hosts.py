"""Tables of host names."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from labkit.hosts import HOSTS, as_table, looked_up


def test_what_was_written_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "hosts"
    names = {"Core.example": IPv4Address("192.0.2.1"), "b": IPv4Address("192.0.2.2")}
    file.write_text(as_table(names) + "# 192.0.2.3 c\n192.0.2.4 d e # f\n\n", "utf-8")
    monkeypatch.setenv(HOSTS, str(file))
    found = {name: looked_up(name) for name in ("core.example", "b", "c", "d", "E", "f")}
    assert found == {
        "core.example": "192.0.2.1",
        "b": "192.0.2.2",
        "c": None,
        "d": "192.0.2.4",
        "E": "192.0.2.4",
        "f": None,
    }
    assert looked_up("localhost") == "127.0.0.1"


def test_without_a_table_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOSTS, raising=False)
    assert looked_up("localhost") is None
