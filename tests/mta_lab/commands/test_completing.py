"""What a shell completes in the arguments of commands on a lab that is up."""

from collections.abc import Mapping
from typing import Any

import pytest
import typer

from mta_lab.cli import app
from mta_lab.commands.completing import complete_setting


def completed(command: str, incomplete: str, params: Mapping[str, Any]) -> list[str]:
    """What may stand for the first argument of a command."""
    found = typer.main.get_command(app).get_command(None, command)  # type: ignore[attr-defined]
    context = typer.Context(found)
    context.params.update(params)
    (argument, *_) = (each for each in found.params if each.param_type_name == "argument")
    return [each.value for each in argument.shell_complete(context, incomplete)]


@pytest.mark.parametrize(
    ("command", "incomplete", "expected"),
    [
        ("exec", "EX", ["EXTERNAL"]),
        ("logs", "", ["EXTERNAL", "INTERNAL", "firewall"]),
        ("restart", "f", ["firewall"]),
        ("capture", "in", ["inside"]),
        ("capture", "I", ["INTERNAL"]),
        ("fault", "", ["inside", "outside", "x400-inbound", "x400-outbound"]),
        ("set", "firewall.tr", ["firewall.transparency="]),
        (
            "set",
            "INTERNAL.connectors.FIREWALL.schedule.a",
            ["INTERNAL.connectors.FIREWALL.schedule.activation="],
        ),
        ("exec", "nobody", []),
    ],
)
def test_the_parts_of_the_lab(lab: str, command: str, incomplete: str, expected: list[str]) -> None:
    assert completed(command, incomplete, {"which": lab}) == expected


def test_without_a_lab_they_are_those_of_all(lab: str) -> None:
    assert completed("exec", "EX", {}) == ["EXTERNAL"]
    assert completed("exec", "EX", {"which": "another"}) == []


def test_a_path_that_is_completed_is_one_that_set_takes(lab: str) -> None:
    context = typer.Context(typer.main.get_command(app), allow_extra_args=True)
    context.params["which"] = lab
    found = complete_setting(context, "firewall.services.x400-inbound.")
    assert "firewall.services.x400-inbound.source_rewrite=" in found
    assert "firewall.services.x400-inbound.listen.port=" in found
