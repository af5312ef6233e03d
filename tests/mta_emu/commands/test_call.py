"""`mta-emu call`."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import Result

from mta_emu.commands import call

Command = Callable[..., Result]


@pytest.mark.parametrize(("state", "status"), [("open", 0), ("refused", 1), ("unreachable", 1)])
def test_what_came_of_the_call_is_said(
    mta_emu: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, status: int
) -> None:
    asked: list[Any] = []

    async def ask(directory: Path, request: dict[str, Any]) -> dict[str, Any]:
        asked.append((directory, request))
        return {"ok": True, "association": 7, "state": state, "reason": "because [/x]"}

    monkeypatch.setattr(call, "ask", ask)
    done = mta_emu("call", "FIREWALL", "--data", tmp_path)
    assert done.exit_code == status
    assert done.stdout == f"association 7 of FIREWALL: {state}: because [/x]\n"
    assert asked == [(tmp_path, {"command": "call", "connector": "FIREWALL"})]
    done = mta_emu("call", "FIREWALL", "--data", tmp_path, "--json")
    assert json.loads(done.stdout) == {"association": 7, "state": state, "reason": "because [/x]"}


def test_the_shell_is_told_the_connectors_of_the_mta_that_runs(
    served: Path, tmp_path: Path
) -> None:
    context: Any = SimpleNamespace(params={"data": served})
    assert call.complete_connector(context, "FIRE") == ["FIREWALL"]
    assert call.complete_connector(context, "X") == []
    context.params["data"] = tmp_path / "nowhere"
    assert call.complete_connector(context, "") == []


def test_where_no_mta_runs_nobody_calls(mta_emu: Command, tmp_path: Path) -> None:
    done = mta_emu("call", "FIREWALL", "--data", tmp_path)
    assert done.exit_code == 1
    assert str(tmp_path) in done.output
