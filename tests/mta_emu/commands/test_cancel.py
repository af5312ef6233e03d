"""`mta-emu cancel`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from mta_emu.commands import cancel

Command = Callable[..., Result]


def test_the_running_mta_is_asked(
    mta_emu: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    async def ask(directory: Path, request: dict[str, Any]) -> dict[str, Any]:
        asked.append((directory, request))
        return {}

    monkeypatch.setattr(cancel, "ask", ask)
    done = mta_emu("cancel", "[C=US;A= ;M]", "--data", tmp_path)
    assert (done.exit_code, done.stdout) == (0, "cancelled [C=US;A= ;M]\n")
    assert asked == [(tmp_path, {"command": "cancel", "mts_identifier": "[C=US;A= ;M]"})]


def test_where_no_mta_runs_nothing_is_cancelled(mta_emu: Command, tmp_path: Path) -> None:
    done = mta_emu("cancel", "[C=US;A= ;M]", "--data", tmp_path)
    assert done.exit_code == 1
    assert str(tmp_path) in done.output
