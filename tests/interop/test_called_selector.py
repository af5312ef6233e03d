"""Two users of TPKT behind one address and port: an MTA, and an MMS host that others wrote."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from labkit.config import UNFOLDED
from mta_lab.cli import app
from tests.mta_lab.conftest import own_name, skip_without_netns

LAB = Path(__file__).parents[2] / "labs" / "trap-shared-port-selector.yaml"
FIREWALL = "203.0.113.1"


def topology(selector: str = "MTA") -> dict[str, Any]:
    """The lab of a shared port, where the connector calls this T-selector."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(LAB.read_text("utf-8"))
    document["mtas"]["EXTERNAL"]["connectors"][0]["stack"]["outgoing"] = {"t": selector}
    return document


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, Any]], str]:
    def written(document: dict[str, Any]) -> str:
        yaml = YAML(typ="safe", pure=True)
        yaml.width, yaml.sort_base_mapping_type_on_output = UNFOLDED, False
        yaml.dump(document, file := tmp_path / "called-selector.yaml")
        return str(file)

    return written


def lab(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


@pytest.fixture(params=["loopback", "netns"])
def up(request: pytest.FixtureRequest, write: Callable[[dict[str, Any]], str]) -> Iterator[str]:
    if request.param == "netns":
        skip_without_netns()
    name = own_name(f"selector-{request.param}")
    done = lab("up", write(topology()), "--backend", request.param, "--name", name)
    assert done.exit_code == 0, done.output
    yield name
    lab("down", name)


def test_each_gets_through_by_its_selector_and_the_wrong_one_is_refused(up: str) -> None:
    def statuses() -> dict[str, Any]:
        done = lab("ps", "--lab", up, "--json")
        return {each["host"]: each for each in map(json.loads, done.stdout.splitlines())}

    while None in (statuses()[host]["ended"] for host in ("OPERATOR", "STRANGER")):
        pass
    said = [json.loads(line) for line in lab("logs", "--lab", up, "--json").stdout.splitlines()]
    text = {each["host"]: each["text"] for each in said if each["kind"] == "output"}
    assert text["OPERATOR"] == "found Contoso bay controller"
    assert text["STRANGER"].startswith("refused: ")
    calls = {each["service"]: each for each in said if each["kind"] == "connection"}
    assert calls["mms-inbound"]["called"] == "service mms-inbound takes called T-selector 0x0001"
    refused = calls["x400-inbound, mms-inbound"]
    assert (refused["outcome"], refused["seen"]) == ("denied", "called T-selector 0x0002")


@pytest.mark.parametrize("backend", ["loopback", "netns"])
def test_x400_gets_through_by_its_own(
    backend: str, write: Callable[[dict[str, Any]], str], tmp_path: Path
) -> None:
    if backend == "netns":
        skip_without_netns()
    options = ("--backend", backend, "--name", own_name("selector"), "--quiet")
    done = lab("run", write(topology()), *options, "--capture", str(tmp_path / "run.pcapng"))
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("selector", "disposition"), [("MTA", "delivered"), ("OTHER", "blocked"), ("", "blocked")]
)
def test_it_is_predicted_and_packets_agree(
    selector: str,
    disposition: str,
    write: Callable[[dict[str, Any]], str],
    tmp_path: Path,
) -> None:
    options = ("--name", own_name("proved"), "--captures", str(tmp_path), "--json")
    done = lab("prove", write(topology(selector)), *options)
    assert done.exit_code == 0, done.output
    flows = {each["sender"]: each for each in json.loads(done.stdout)["flows"]}
    assert flows["EXTERNAL"]["observed"] == disposition
    assert flows["EXTERNAL"]["predicted"] == disposition


@pytest.mark.parametrize(
    ("further", "answer"),
    [
        (("--selector", "0x0001"), "connected: SUBSTATION has the connection, from 198.51.100.1"),
        (("--selector", "MTA"), "connected: INTERNAL has the connection, from 198.51.100.1"),
        (("--selector", "OTHER"), "accepted, then refused by a DR"),
        (("--selector", ""), "accepted, then refused by a DR"),
        (("--request",), "accepted, then refused by a DR"),
        ((), "accepted, then silence"),
    ],
)
def test_a_trace_knows_what_is_called(
    further: tuple[str, ...], answer: str, write: Callable[[dict[str, Any]], str]
) -> None:
    skip_without_netns()
    patience = "60" if further else "2"  # only silence takes all of it
    call = ("--from", "OPERATOR", "--to", FIREWALL, "--prove", "--timeout", patience)
    document = topology() | {"name": own_name("traced")}
    done = lab("trace", write(document), *call, *further)
    assert done.exit_code == 0, done.output
    assert f"on packets: {answer}" in done.output
    assert done.output.endswith("; as predicted\n")
