"""`mta-lab ps`: how the hosts of a lab are."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

Objects = Callable[..., list[dict[str, Any]]]
Command = Callable[..., Any]


def test_ps_tells_how_the_hosts_are(lab: str, objects: Objects, cli: Command) -> None:
    hosts, table = objects("ps"), cli("ps", "--lab", lab).stdout
    while hosts != (again := objects("ps")):  # something moved between the two looks
        hosts, table = again, cli("ps", "--lab", lab).stdout
    assert [host["host"] for host in hosts] == ["EXTERNAL", "INTERNAL", "firewall"]
    assert all(Path(f"/proc/{host['process']}").exists() for host in hosts)
    (connector,) = hosts[0]["connectors"]
    fields = [str(connector[field]) for field in ("name", "state", "queued", "associations")]
    if at := connector["next_try"]:
        fields.append(f"{datetime.fromisoformat(at):%H:%M:%S}")
    assert fields[0] == "FIREWALL"
    rows = [line.split() for line in table.splitlines()]
    assert ["EXTERNAL", hosts[0]["addresses"][0], *fields] in rows
    assert ["firewall", hosts[2]["addresses"][0], "-", "running"] in rows
    assert all(each in table for each in hosts[2]["addresses"])
