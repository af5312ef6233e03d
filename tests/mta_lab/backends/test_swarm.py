"""Which engines can have a lab together: what is said of those that cannot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends.registry import BackendName
from mta_lab.backends.swarm import by_engine, spread_hosts, swarm_of
from mta_lab.commands import on_engines
from mta_lab.topology.reading import load_topology
from tests.mta_lab.rehearsal.changed import lab

#: Stands for docker, with five contexts: node 1 manages a swarm of 1 and 2, node 9 another one.
_DOCKER = """\
#!/bin/sh
[ "$1" = --context ] && engine=$2 && shift 2
node() {
    echo "{\\"NodeID\\": \\"$1\\", \\"NodeAddr\\": \\"$2\\", \\"ControlAvailable\\": $3,"
    echo "\\"LocalNodeState\\": \\"$4\\"}"
}
case "$1 $2" in
"context ls") printf '%s\\n' north north-too south alone other gone ;;
"context inspect") case $3 in north*|south|alone|other|gone) ;; *) exit 1 ;; esac ;;
"version ") [ "$engine" != gone ] || { echo "Cannot connect" >&2; exit 1; } ;;
"info --format") case $engine in
    north*) node 1 192.0.2.1 true active ;;
    south) node 2 192.0.2.2 false active ;;
    other) node 9 192.0.2.9 true active ;;
    alone) node "" "" false inactive ;;
    esac ;;
"node ls") case $engine in north*) printf '1\\n2\\n' ;; *) echo 9 ;; esac ;;
*) exit 4 ;;
esac
"""


@pytest.fixture
def contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").write_text(_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


@pytest.mark.usefixtures("contexts")
def test_the_swarm_of_engines_has_a_manager_among_them() -> None:
    swarm = swarm_of(["south", "north"])
    assert swarm.manager.context == "north"
    assert {name: str(each) for name, each in swarm.addresses.items()} == {
        "south": "192.0.2.2",
        "north": "192.0.2.1",
    }


@pytest.mark.usefixtures("contexts")
@pytest.mark.parametrize(
    ("engines", "said"),
    [
        (["north", "nroth"], "no Docker context 'nroth'; did you mean north"),
        (["north", "gone"], "gone: no engine answers: .*Cannot connect"),
        (
            ["north", "alone"],
            r"alone: this engine is in no swarm \(inactive\); .*docker swarm init",
        ),
        (["south"], "south: none of them manages its swarm"),
        (["north", "other"], "other is in another swarm than north; name engines of one swarm"),
        (["north", "north-too"], "north and north-too are contexts of one engine; name it once"),
    ],
)
def test_what_would_be_right_is_said(engines: list[str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        swarm_of(engines)


@pytest.mark.usefixtures("contexts")
def test_a_run_says_it_and_ends_with_2(lab_command: Callable[..., Any], tmp_path: Path) -> None:
    options = ("--backend", "compose", "--engines", "north,alone", "--capture", tmp_path)
    done = lab_command("run", "labs/q196381.yaml", *options)
    assert done.returncode == 2
    assert "--engines: alone: this engine is in no swarm (inactive)" in done.stderr


def test_hosts_take_turns_in_the_order_of_the_file() -> None:
    topology = lab("q196381-dmz-relay")
    names = [*topology.host_addresses()]
    found = spread_hosts(topology, ["one", "two"])
    assert [found[name] for name in names] == ["one", "two", "one", "two", "one"]
    placed = topology.model_copy(update={"engines": found})
    assert by_engine(placed) == {"one": names[::2], "two": names[1::2]}


def test_the_option_says_which_host_is_where(capsys: pytest.CaptureFixture[str]) -> None:
    placed = on_engines(lab("q196381"), "north,south", BackendName.COMPOSE)
    assert placed.engines == {"EXTERNAL": "north", "INTERNAL": "south", "firewall": "north"}
    assert capsys.readouterr().err == "on north: EXTERNAL, firewall\non south: INTERNAL\n"
    assert on_engines(lab("q196381"), "", BackendName.NETNS).engines == {}


@pytest.mark.parametrize(
    ("given", "where", "said"),
    [
        ("north,south", BackendName.NETNS, "Docker engines are for --backend compose"),
        ("north,,south", BackendName.COMPOSE, "a name is empty; write CONTEXT,CONTEXT"),
        ("north,north", BackendName.COMPOSE, "north is there twice"),
    ],
)
def test_a_wrong_option_is_said(given: str, where: BackendName, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        on_engines(lab("q196381"), given, where)


def test_a_file_names_no_engines(seed: dict[str, Any], write: Callable[..., Path]) -> None:
    with pytest.raises(ConfigurationError, match="engines are chosen each time: --engines"):
        load_topology(write({**seed, "engines": {"EXTERNAL": "north"}}))
