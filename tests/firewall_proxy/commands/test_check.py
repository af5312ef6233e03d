"""`firewall-proxy check`: what clients would meet."""

import json
from pathlib import Path

from tests.firewall_proxy.command import firewall_proxy

PARTNER = "2001:db8:9::5"


def test_check_tells_what_a_client_would_meet(configuration: Path) -> None:
    done = firewall_proxy("check", configuration, "--client", "127.0.113.66")
    assert done.returncode == 0
    assert "127.0.113.66" in done.stdout
    assert "transparency" in done.stdout


def test_check_as_json_has_the_reasons_and_their_places(configuration: Path) -> None:
    done = firewall_proxy("check", configuration, "--client", "127.0.113.66", "--json")
    assert done.returncode == 0
    (service,) = map(json.loads, done.stdout.splitlines())
    assert (service["service"], service["source_seen"]) == ("x400", "127.0.113.66")
    assert service["rewriting"]["place"] == {
        "path": "services.x400.client_side_transparency",
        "file": str(configuration),
        "line": 8,
        "since": "",
    }
    assert service["let_in"] is True
    assert service["reason"]["text"] == "there are no rules, so everybody is let in"


def test_check_shows_an_ipv6_service_for_an_ipv6_client(tmp_path: Path) -> None:
    path = tmp_path / "fw.yaml"
    path.write_text(
        """
interfaces: {outside: {address: "2001:db8:1::1"}, inside: {address: "2001:db8:2::1"}}
services:
  - name: x400
    listen: {interface: outside, port: 102}
    destination: {address: "2001:db8:2::10", port: 102}
    onward_interface: inside
    client_side_transparency: true
rules: [{name: partner, from: "2001:db8:9::/48", action: allow}]
"""
    )
    for client, seen, let_in in ((None, "2001:db8::1", False), (PARTNER, PARTNER, True)):
        options = ("--client", client) if client else ()
        done = firewall_proxy("check", path, "--json", *options)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["address"] == "[2001:db8:1::1]:102"
        assert answer["destination"] == "[2001:db8:2::10]:102"
        assert answer["source_seen"] == seen
        assert answer["let_in"] is let_in
