"""A small mistake in a lab that works is mended in one place of the file."""

from pathlib import Path
from typing import Any

import pytest

from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.edit import Edit, Operation, Put, Remove
from tests.mta_lab.rehearsal.changed import LABS
from tests.mta_lab.rehearsal.suggest.stopped import suggested

DIRECT, PROXIED, TUNNELLED = "q166308-all-right", "q196381-transparency-off", "q196381-tunnel"
NORTH, SOUTH = (("mtas", name, "connectors", 0) for name in ("NORTH", "SOUTH"))
INWARD = ("firewalls", "firewall", "services", 0)
EVERYBODY = {"reject_from": [{"country": "US"}]}

#: A lab whose mail is delivered, and what somebody does to it.
MISTAKES: list[tuple[str, Operation]] = [
    (DIRECT, Put((*NORTH, "general", "remote_mta_name"), "OTHER")),
    (DIRECT, Put((*NORTH, "general", "remote_mta_password"), "other")),
    (DIRECT, Put((*NORTH, "override", "local_mta_password"), "other")),
    (DIRECT, Put((*NORTH, "override", "local_mta_name"), "OTHER")),
    (DIRECT, Put((*NORTH, "stack", "address"), "203.0.113.77")),
    (DIRECT, Put((*NORTH, "stack", "address"), "nobody.example")),
    (DIRECT, Put((*NORTH, "stack", "port"), 1102)),
    (DIRECT, Put((*NORTH, "stack", "outgoing"), {"t": "OTHER"})),
    (DIRECT, Put((*SOUTH, "stack", "incoming"), {"t": "OTHER"})),
    (DIRECT, Put((*NORTH, "schedule", "activation"), "never")),
    (DIRECT, Put((*SOUTH, "schedule", "activation"), "never")),
    (DIRECT, Put((*SOUTH, "advanced", "two_way_alternate"), False)),
    (DIRECT, Put((*NORTH, "advanced", "conformance"), "1988-x410")),
    (DIRECT, Put((*NORTH, "delivery_restrictions"), EVERYBODY)),
    (DIRECT, Put((*NORTH, "address_space"), [])),
    (DIRECT, Put(("mtas", "SOUTH", "server", "local_mta_name"), "OTHER")),
    (DIRECT, Put(("mtas", "SOUTH", "server", "transport_stack", "port"), 1102)),
    (DIRECT, Put(("mtas", "SOUTH", "server", "transport_stack", "selectors"), {"t": "OTHER"})),
    (DIRECT, Put(("mtas", "SOUTH", "server", "mailboxes", 0, "restrictions"), EVERYBODY)),
    (PROXIED, Put((*INWARD, "client_side_transparency"), True)),
    (PROXIED, Put((*INWARD, "destination", "address"), "198.51.100.77")),
    (PROXIED, Put((*INWARD, "destination", "port"), 1102)),
    (PROXIED, Put((*INWARD, "listen", "port"), 1102)),
    (TUNNELLED, Remove(("firewalls", "firewall", "tunnels", 0))),
    (TUNNELLED, Put(("mtas", "INTERNAL", "connectors", 0, "stack", "address"), "198.51.100.1")),
]


def named(value: Any) -> str | None:
    return ".".join(map(str, value.keys)) if isinstance(value, Operation) else None


@pytest.mark.parametrize(("name", "mistake"), MISTAKES, ids=named)
def test_it_is_mended_in_one_place(name: str, mistake: Operation, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    whole = TopologyFile.read(LABS / f"{name}.yaml")
    path.write_text(whole.edited((Edit("a mistake", (mistake,)),)), "utf-8")
    found, _ = suggested(TopologyFile.read(path))
    assert found.waiting != ()
    assert found.unmended == ()
    best = found.suggestions[0]
    assert (best.places, len(best.mends)) == (1, len(found.waiting))
