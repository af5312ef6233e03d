"""`mta-emu routes`, from a file; the running MTA answers by the same functions."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from mta_emu.cli import app

SMITH = "C=US;A= ;O=B;S=Smith"


def connector(name: str, cost: int, **pages: Any) -> dict[str, Any]:
    return {
        "general": {"directory_name": name, "remote_mta_name": name},
        "stack": {"address": "203.0.113.11"},
        "address_space": [{"country": "US", "organization": "B", "cost": cost}],
    } | pages


@pytest.fixture
def file(tmp_path: Path) -> Path:
    times = {"activation": "selected-times", "selected_times": {"monday": ["08:00-12:00"]}}
    path = tmp_path / "mta.yaml"
    document = {
        "server": {
            "organization": "Contoso",
            "site": "Lab",
            "name": "A",
            "global_domain": {"country": "US"},
            "transport_stack": {"address": "203.0.113.10"},
            "mailboxes": [{"country": "US", "organization": "A"}],
        },
        "connectors": [
            connector("CHEAP", 1, schedule=times),
            connector("DEAR", 9, override={"max_open_retries": 2}),
        ],
        "remote_connectors": [
            {
                "directory_name": "FAR",
                "home_server": "DEAR",
                "address_space": [{"country": "US", "organization": "C"}],
            }
        ],
    }
    YAML().dump(document, path)
    return path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["routes", *map(str, arguments)])


def test_the_table(file: Path) -> None:
    done = run("--config", file)
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "X400,c=US;o=B;,1,CHEAP,",
        "X400,c=US;o=B;,9,DEAR,",
        "X400,c=US;o=C;,1,FAR,",
    ]


IN_SLOT, AFTER_SLOT = (["--at", f"1999-04-26T{hour}:00:00"] for hour in ("09", "13"))


@pytest.mark.parametrize(
    ("address", "options", "status", "last_line"),
    [
        (SMITH, IN_SLOT, 0, f"{SMITH} takes CHEAP."),
        (SMITH, AFTER_SLOT, 0, f"{SMITH} takes DEAR."),
        (SMITH, [*IN_SLOT, "--waiting", "CHEAP"], 0, f"{SMITH} takes DEAR."),
        (SMITH, ["--came-by", "DEAR"], 0, f"{SMITH} takes CHEAP."),
        ("C=US;A= ;O=C;S=X", [], 0, "C=US;A= ;O=C;S=X takes FAR of another server, through DEAR."),
        ("C=US;A= ;O=A;S=X", [], 0, "C=US;A= ;O=A;S=X is delivered to a mailbox here."),
        (
            SMITH,
            ["--came-by", "CHEAP", "--tried", "DEAR=2"],
            1,
            f"{SMITH} can take no connector: none 2. is not at its max open retries.",
        ),
        ("C=NO;A= ;S=X", [], 1, "C=NO;A= ;S=X can take no connector: none leads to the recipient."),
    ],
)
def test_explanations(
    file: Path, address: str, options: list[str], status: int, last_line: str
) -> None:
    done = run("explain", address, "--config", file, *options)
    assert done.exit_code == status
    assert done.output.splitlines()[-1] == last_line


def test_an_explanation_as_json(file: Path) -> None:
    done = run("explain", SMITH, "--config", file, "--came-by", "CHEAP", "--json")
    found = json.loads(done.output)
    assert (found["outcome"], found["connector"], found["queue"]) == ("connector", "DEAR", "DEAR")
    (step,) = [step for step in found["steps"] if step["criterion"].startswith("1.")]
    assert step["eliminated"] == {"CHEAP": "the message came in by it"}
    assert step["left"] == ["DEAR"]


def test_what_is_wrong_is_exit_status_2(file: Path) -> None:
    assert run("explain", "Smith", "--config", file).exit_code == 2
    assert run("explain", SMITH, "--config", file, "--tried", "DEAR").exit_code == 2
