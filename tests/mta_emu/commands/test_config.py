"""`mta-emu config`, as people run it."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from labkit.config import schema
from mta_emu.cli import app
from mta_emu.mta.configuration.file import MtaConfig

ROOT = Path(__file__).parents[3]
DOCUMENT = {
    "server": {
        "organization": "Contoso",
        "site": "Lab",
        "name": "A",
        "local_mta_password": "hidden",
        "global_domain": {"country": "US"},
        "transport_stack": {"address": "203.0.113.10"},
        "mailboxes": [{"country": "US", "organization": "A"}],
    },
    "connectors": [
        {
            "general": {"directory_name": "TO-B", "remote_mta_name": "B"},
            "stack": {"address": "b.example", "outgoing": {"t": "B-T"}},
            "override": {"open_interval": 300},
            "address_space": [{"country": "US", "organization": "B", "cost": 7}],
            "connected_sites": [
                {"organization": "Contoso", "site": "B", "routing_address": {"country": "US"}}
            ],
        },
        {
            "general": {"directory_name": "TO-C", "remote_mta_name": "C"},
            "stack": {"address": "203.0.113.12"},
        },
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mta.yaml"
    YAML().dump(DOCUMENT, path)
    return path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["config", *map(str, arguments)])


def test_a_right_file(file: Path) -> None:
    done = run("check", file)
    assert done.exit_code == 0
    assert done.output == f"{file}: right; MTA A, connectors: TO-B, TO-C\n"


def test_every_wrong_field_is_named_with_what_is_allowed(file: Path) -> None:
    text = file.read_text().replace("cost: 7", "cost: 700").replace("b.example", "300.1.1.1")
    file.write_text(text.replace("open_interval: 300", "open_interval: soon"))
    done = run("check", file)
    assert done.exit_code == 2
    address, interval, cost = done.output.splitlines()
    assert address.startswith(f"{file}:18: connectors.TO-B.stack.address: ")
    assert "(found: '300.1.1.1')" in address
    assert interval.startswith(f"{file}:22: connectors.TO-B.override.open_interval: ")
    assert "must be a whole number" in interval
    assert cost.startswith(f"{file}:26: connectors.TO-B.address_space.0.cost: ")
    assert "must be at most 100 (found: 700)" in cost


def fields(file: Path, connector: str | None, page: str) -> dict[str, Any]:
    for line in run("show", file, "--json").output.splitlines():
        record = json.loads(line)
        if (record["connector"], record["page"]) == (connector, page):
            found: dict[str, Any] = record["fields"]
            return found
    raise AssertionError(f"no page {page}")


def test_effective_values_tell_where_they_come_from(file: Path) -> None:
    override = fields(file, "TO-B", "Override")
    assert override["open_interval"] == {"value": 300, "from": "file"}
    assert override["max_open_retries"] == {"value": 144, "from": "default"}
    assert override["local_mta_name"] == {"value": "A", "from": "server"}
    assert override["local_mta_password"] == {"value": "********", "from": "server"}
    stack = fields(file, "TO-B", "Stack")
    assert stack["outgoing.t"] == {"value": "B-T", "from": "file"}
    assert stack["incoming.t"] == {"value": "B-T", "from": "outgoing"}
    general = fields(file, "TO-B", "General")
    assert general["mta_transport_stack"] == {"value": "TCP", "from": "server"}
    spaces = fields(file, "TO-B", "Address Space")
    assert spaces == {"0": {"value": "c=US;o=B, cost 7", "from": "file"}}
    sites = fields(file, "TO-B", "Connected Sites")
    assert sites == {"0": {"value": "/O=Contoso/OU=B: c=US, cost 1", "from": "file"}}
    assert fields(file, None, "General")["local_mta_password"]["value"] == "********"
    assert fields(file, None, "Registry")["tcp_ip_control_blocks"]["value"] == 20


def test_pages_as_tables(file: Path) -> None:
    done = run("show", file, "--connector", "TO-C")
    assert done.exit_code == 0
    titles = [line.strip() for line in done.output.splitlines() if "TO-C: " in line]
    assert titles == [
        "TO-C: General",
        "TO-C: Schedule",
        "TO-C: Stack",
        "TO-C: Override",
        "TO-C: Connected Sites",
        "TO-C: Address Space",
        "TO-C: Delivery Restrictions",
        "TO-C: Advanced",
        "TO-C: Heuristics",
    ]
    assert "TO-B" not in done.output
    assert "hidden" not in done.output
    done = run("show", file, "--connector", "TO-X")
    assert done.exit_code == 2
    assert "there are TO-B, TO-C" in done.output


def test_the_published_schema_is_current() -> None:
    """docs/mta-config.schema.json is what `mta-emu config schema` prints."""
    published = (ROOT / "docs" / "mta-config.schema.json").read_text()
    assert published == schema(MtaConfig) == run("schema").output
    stack = json.loads(published)["$defs"]["Stack"]["properties"]
    assert "host name" in stack["address"]["description"]
