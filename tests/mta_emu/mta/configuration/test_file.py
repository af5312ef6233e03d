"""Configuration files: Exchange's defaults, and errors that name the field."""

from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError, dump, load, parse
from mta_emu.mta.configuration.fields import parse_selector
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import Override


def test_defaults_are_exchanges(a_document: dict[str, Any]) -> None:
    config = parse(a_document, MtaConfig, "a.yaml")
    override = config.connectors[0].override
    assert override == Override(
        checkpoint_size=30,
        recovery_timeout=60,
        window_size=5,
        max_open_retries=144,
        max_transfer_retries=2,
        open_interval=600,
        transfer_interval=120,
        lifetime=300,
        disconnect=120,
        threshold=50,
        transfer_timeout_urgent=1000,
        transfer_timeout_normal=2000,
        transfer_timeout_non_urgent=3000,
    )
    assert config.server.registry.tcp_ip_control_blocks == 20
    assert config.connectors[0].schedule.activation == "always"
    assert config.connectors[0].advanced.conformance.value == "1988-normal"
    del a_document["server"]["transport_stack"]["port"]
    assert parse(a_document, MtaConfig, "a.yaml").server.transport_stack.port == 102


def test_names(a_document: dict[str, Any]) -> None:
    config = parse(a_document, MtaConfig, "a.yaml")
    (connector,) = config.connectors
    assert config.distinguished_name(connector) == (
        "/O=Contoso/OU=Lab/CN=Configuration/CN=Connections/CN=TO-B"
    )
    assert config.local_credentials(connector) == ("A", b"secret")
    a_document["connectors"][0]["override"] = {"local_mta_name": "AA", "local_mta_password": ""}
    config = parse(a_document, MtaConfig, "a.yaml")
    assert config.local_credentials(config.connectors[0]) == ("AA", b"")


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("server.transport_stack.address", "1.2.3", "server.transport_stack.address"),
        ("server.transport_stack.port", 0, "server.transport_stack.port"),
        ("server.global_domain.country", "USA", "server.global_domain.country"),
        ("server.name", "x" * 33, "server.name"),
        ("connectors.0.general.remote_mta_password", "x" * 65, "remote_mta_password"),
        (
            "connectors.0.schedule",
            {"activation": "sometimes"},
            "must be one of always, selected-times, never, remote-initiated",
        ),
        ("connectors.0.override", {"open_interval": -1}, "connectors.TO-B.override.open_interval"),
        ("connectors.0.override", {"windows": 3}, "did you mean window_size?"),
        ("connectors.0.advanced", {"conformance": "1992"}, "connectors.TO-B.advanced.conformance"),
        ("connectors.0.advanced", {"conformance": 1984}, "write '1984', in quotes"),
        ("connectors.0.stack.outgoing", {"t": "0x" + "00" * 33}, "33 octets; at most 32"),
        ("connectors.0.stack.address", "a b", "connectors.TO-B.stack.address"),
        ("connectors.0.address_space.0.cost", 101, "connectors.TO-B.address_space.0.cost"),
    ],
)
def test_errors_name_the_field(
    a_document: dict[str, Any], path: str, value: Any, complaint: str
) -> None:
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    section: Any = a_document
    for parent in parents:
        section = section[parent]
    section[last] = value
    with pytest.raises(ConfigurationError) as error:
        parse(a_document, MtaConfig, "a.yaml")
    assert complaint in str(error.value)
    assert str(error.value).startswith("a.yaml: ")


def test_two_connectors_of_one_name(a_document: dict[str, Any]) -> None:
    a_document["connectors"] *= 2
    with pytest.raises(ConfigurationError, match=r"connectors\.0 has this directory name"):
        parse(a_document, MtaConfig, "a.yaml")


def test_files_survive(a_document: dict[str, Any], tmp_path: Path) -> None:
    a_document["connectors"][0]["stack"]["outgoing"] = {"t": "ABC", "s": "0x00ff", "p": ""}
    config = parse(a_document, MtaConfig, "a.yaml")
    dump(config, tmp_path / "a.yaml")
    again = load(tmp_path / "a.yaml", MtaConfig)
    assert again.connectors == config.connectors
    assert again.connectors[0].stack.outgoing.s == b"\x00\xff"


def test_selectors() -> None:
    assert parse_selector("0x4d5441") == parse_selector("MTA") == b"MTA"
    with pytest.raises(ValueError, match="hex digits"):
        parse_selector("0xzz")


@pytest.mark.parametrize(
    ("section", "values", "complaint"),
    [
        ("server.registry", {"stack_ip_address_override": {"X": "127.0.113.88"}}, "no connector"),
        ("server.registry", {"stack_ip_address_override": {"TO-B": "192.0.2.1"}}, "this host: 127"),
        ("connectors.0.general", {"mta_transport_stack": "TP4"}, "one transport stack, TCP"),
        (
            "connectors.0.stack",
            {"address": "1.2.3"},
            "must be an IP address, as",
        ),
        ("connectors.0.stack", {"address": "2001:db8::g"}, "must be an IP address, as"),
        ("connectors.0.stack", {"address": "fe80::1%eth0"}, "has a zone .%eth0., which"),
        ("connectors.0.stack", {"address": "a b"}, "must be a host name"),
        ("connectors.0.stack", {"outgoing": {"t": 5}}, "put it into quotation marks"),
        ("connectors.0.general", {"directory_name": "A/B"}, "must be a name without / and ="),
    ],
)
def test_what_does_not_fit_together_is_explained(
    a_document: dict[str, Any], section: str, values: dict[str, Any], complaint: str
) -> None:
    found: Any = a_document
    for part in section.split("."):
        found = found[int(part)] if part.isdigit() else found.setdefault(part, {})
    found |= values
    with pytest.raises(ConfigurationError, match=complaint):
        parse(a_document, MtaConfig, "a.yaml")
