"""Settings by path."""

from pathlib import Path
from typing import Any

import pytest

from firewall_proxy.config import Configuration
from labkit.config import ConfigurationError, parse
from labkit.origin import entry_name
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.topology.reading import load_topology
from mta_lab.topology.settings import by_host, change, parse_choices, parse_settings, paths

LABS = Path(__file__).parents[3] / "labs"
BILLIONS = "&a [x]" + "".join(
    f", &{name} [{', '.join([f'*{before}'] * 9)}]"
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)


@pytest.fixture
def firewall() -> Configuration:
    document = {
        "interfaces": {
            "outside": {"address": "203.0.113.1"},
            "inside": {"address": "198.51.100.1"},
        },
        "services": [
            {
                "name": name,
                "listen": {"interface": here, "port": 102},
                "destination": {"address": to, "port": 102},
                "onward_interface": there,
            }
            for name, here, there, to in (
                ("in", "outside", "inside", "198.51.100.10"),
                ("out", "inside", "outside", "203.0.113.10"),
            )
        ],
    }
    return parse(document, Configuration, "firewall")


@pytest.fixture
def north() -> MtaConfig:
    return load_topology(LABS / "q169716-schedule-never.yaml").mtas["NORTH"]


@pytest.mark.parametrize(("word", "value"), [("on", True), ("off", False), ("true", True)])
def test_transparency_is_that_of_what_listens_outside(
    firewall: Configuration, word: str, value: bool
) -> None:
    changed = change("firewall", firewall, parse_settings([f"firewall.transparency={word}"]))
    assert [each.client_side_transparency for each in changed.services] == [value, False]


def test_a_path_leads_to_any_field_and_keeps_the_others(firewall: Configuration) -> None:
    texts = ["firewall.services.out.source_rewrite=off", "firewall.limits.connections=7"]
    changed = change("firewall", firewall, parse_settings(texts))
    assert [each.source_rewrite for each in changed.services] == [True, False]
    assert changed.limits.connections == 7
    rules = change(
        "firewall", changed, parse_settings(["firewall.rules=[{name: no, action: deny}]"])
    )
    assert rules.rules[0].action == "deny"
    assert rules.services == changed.services


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("mtas.EXTERNAL.server.name=X", "as firewall.FIELD; there are: NORTH, firewall"),
        ("firewal.rules=[]", "as firewall.FIELD; did you mean firewall?"),
        ("firewall.transparensy=on", "transparensy: there is no such field; did you mean transp"),
        ("firewall=1", "a path begins with a host and a dot"),
        ("firewall.transparency", "write PATH=VALUE"),
        ("firewall.transparency=maybe", "firewall: services.in.client_side_transparency: "),
        (
            "firewall.servces.in.source_rewrite=on",
            "servces.in.source_rewrite: there is no such field; did you",
        ),
        ("firewall.services.up.source_rewrite=on", "nothing is named 'up'; there are: in, out"),
        ("firewall.services.in=off", "say which field of in"),
        ("firewall.services.in.name.first=x", "there is nothing below name, which is 'in'"),
        ("firewall.limits.connections={", "is not YAML"),
        (f"firewall.rules=[{BILLIONS}]", "firewall.rules: its aliases repeat more than"),
    ],
)
def test_what_is_wrong_is_named(firewall: Configuration, text: str, complaint: str) -> None:
    def set_it() -> None:
        settings = by_host(parse_settings([text]), ["NORTH", "firewall"])
        change("firewall", firewall, settings["firewall"])

    with pytest.raises(ConfigurationError) as error:
        set_it()
    assert complaint in str(error.value)


def test_without_an_outside_one_must_be_named(firewall: Configuration) -> None:
    document: dict[str, Any] = firewall.model_dump(mode="json", exclude_unset=True)
    document["interfaces"]["red"] = document["interfaces"].pop("outside")
    document["services"][0]["listen"]["interface"] = "red"
    document["services"][1]["onward_interface"] = "red"
    with pytest.raises(ConfigurationError, match=r"firewall\.services\.NAME"):
        change("firewall", parse(document, Configuration, "fw"), {"firewall.transparency": True})


def test_a_connector_goes_by_its_directory_name(north: MtaConfig) -> None:
    settings = {"NORTH.connectors.SOUTH.schedule.activation": "always"}
    changed = change("NORTH", north, settings).connectors[0]
    assert changed.schedule.activation == "always"
    assert changed.override == north.connectors[0].override


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("NORTH.connectors.EAST.schedule.activation", "nothing is named 'EAST'; there are: SOUTH"),
        ("NORTH.connectors.SOUTH.address_space.x.cost", "nothing is named 'x'; there are: none"),
        (
            "NORTH.connectors.SOUTH.override.lifetime",
            "mtas.NORTH.connectors.SOUTH.override.lifetime",
        ),
    ],
)
def test_what_is_wrong_with_an_mtas_is_named(north: MtaConfig, path: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        change("NORTH", north, {path: "long"})
    assert complaint in str(error.value)


def test_each_host_gets_its_own() -> None:
    settings = {"A.B.connectors.X.stack.address": 1, "firewall.transparency": True, "A.x": 2}
    assert by_host(settings, ["A", "A.B", "firewall"]) == {
        "A.B": {"A.B.connectors.X.stack.address": 1},
        "firewall": {"firewall.transparency": True},
        "A": {"A.x": 2},
    }


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ("on,off", ["on", "off"]),
        ("1, 2 ,3", [1, 2, 3]),
        ("198.51.100.1,203.0.113.10", ["198.51.100.1", "203.0.113.10"]),
        ("[],[{name: no, action: deny}]", [[], [{"name": "no", "action": "deny"}]]),
        ("{t: A, s: B},{}", [{"t": "A", "s": "B"}, {}]),
        ("'a,b',\"c,d\"", ["a,b", "c,d"]),
        ("null", [None]),
    ],
)
def test_a_comma_divides_values_and_nothing_inside_them(values: str, read: list[Any]) -> None:
    assert parse_choices([f"firewall.x={values}", "firewall.y=1"]) == {
        "firewall.x": read,
        "firewall.y": [1],
    }


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (["firewall.x"], "write PATH=VALUE,VALUE, as firewall.transparency=on,off"),
        (["firewall.x="], "firewall.x: has no value; write firewall.x=VALUE,VALUE"),
        (["firewall.x=1", "firewall.x=2"], "firewall.x: is given twice"),
        (["firewall.x=1],[2"], "is not YAML"),
        (["firewall.x={"], "is not YAML"),
    ],
)
def test_choices_that_are_wrong_are_said(texts: list[str], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_choices(texts)
    assert complaint in str(caught.value)


def test_each_field_has_a_path_that_leads_to_it(firewall: Configuration) -> None:
    found = [*paths("fw", firewall)]
    assert found[0] == "fw.transparency"
    assert {"fw.services.in.listen.port", "fw.rules", "fw.interfaces.inside.address"} <= {*found}
    seed = load_topology(LABS / "q196381.yaml").mtas["INTERNAL"]
    taken = [*paths("INTERNAL", seed)]
    assert "INTERNAL.connectors.FIREWALL.schedule.activation" in taken
    for path in taken:
        value = at(seed, path)
        assert at(change("INTERNAL", seed, {path: value}), path) == value


def at(configuration: MtaConfig, path: str) -> Any:
    """The value of a field, as documents have it."""
    value: Any = configuration.model_dump(mode="json", by_alias=True)
    for name in path.split(".")[1:]:
        parts = value if isinstance(value, dict) else {entry_name(each): each for each in value}
        value = parts[name]
    return value
