"""Firewalls' own files: found beside the topology, read, and named with their lines."""

import os
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from labkit.config import ConfigurationError, document_of, dump, load
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import EngineFile, ForeignFirewall
from mta_lab.topology.reading import load_topology
from tests.mta_lab.topologies import in_a_row

RULES = "table ip site {\n}\n"


def written(directory: Path, **fields: Any) -> Path:
    """A topology file with an nftables firewall, which has these fields."""
    fw1 = {"engine": "nftables", "text": "", "services": None}
    document = document_of(in_a_row(fw1))
    document["firewalls"]["FW1"] |= fields
    path = directory / "lab.yaml"
    with path.open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump(document, stream)
    return path


def firewall(path: Path) -> ForeignFirewall:
    return load_topology(path).foreign()["FW1"]


def test_a_file_beside_the_topology_is_read(tmp_path: Path) -> None:
    (tmp_path / "site.nft").write_text(RULES)
    read = firewall(written(tmp_path, config="site.nft"))
    assert read.configuration() == EngineFile(RULES, str(tmp_path / "site.nft"))
    assert read.configuration().directory == tmp_path


def test_what_was_read_needs_the_file_no_more(tmp_path: Path) -> None:
    (tmp_path / "site.nft").write_text(RULES)
    topology = load_topology(written(tmp_path, config="site.nft"))
    (tmp_path / "site.nft").unlink()
    dump(topology, tmp_path / "kept.yaml")
    again = load(tmp_path / "kept.yaml", Topology).foreign()["FW1"]
    assert again.configuration() == EngineFile(RULES, str(tmp_path / "site.nft"))


def test_line_ends_are_those_of_the_file(tmp_path: Path) -> None:
    """Some engines refuse those of Windows, which the lab must not hide."""
    (tmp_path / "site.nft").write_bytes(b"table ip site {\r\n}\r\n")
    topology = load_topology(written(tmp_path, config="site.nft"))
    dump(topology, tmp_path / "kept.yaml")
    again = load(tmp_path / "kept.yaml", Topology).foreign()["FW1"]
    assert again.configuration().text == "table ip site {\r\n}\r\n"


def test_a_text_has_the_lines_of_the_topology(tmp_path: Path) -> None:
    path = written(tmp_path, text="THE TEXT")
    block = "|\n      # the site's\n      table ip site {\n      }"
    path.write_text(path.read_text().replace("THE TEXT", block))
    its = firewall(path).configuration()
    assert its.name == str(path)
    line = its.text.splitlines().index("table ip site {")
    assert path.read_text().splitlines()[line].strip() == "table ip site {"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"config": "site.nft", "text": RULES}, "FW1.text: give config or text, and not both"),
        ({}, "FW1.engine: nftables has no configuration; give config: FILE"),
        ({"config": "no.nft"}, "FW1.config: .*no.nft: No such file"),
        ({"config": "/dev/zero"}, "FW1.config: /dev/zero is no ordinary file"),
        ({"config": "pipe.nft"}, "FW1.config: .*pipe.nft is no ordinary file"),
        ({"config": "latin.nft"}, "FW1.config: .*latin.nft is not UTF-8"),
        (
            {"netfilter": RULES, "text": RULES},
            "FW1.netfilter: the rules of nftables stand in its own file",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, fields: dict[str, Any], complaint: str) -> None:
    (tmp_path / "latin.nft").write_bytes(b"# \xe4\n")
    os.mkfifo(tmp_path / "pipe.nft")
    with pytest.raises(ConfigurationError, match=complaint) as error:
        firewall(written(tmp_path, **fields))
    assert str(error.value).startswith(f"{tmp_path / 'lab.yaml'}:")
