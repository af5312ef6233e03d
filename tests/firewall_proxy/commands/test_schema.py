"""`firewall-proxy schema`."""

import json

from tests.firewall_proxy.command import firewall_proxy


def test_the_schema_is_printed() -> None:
    done = firewall_proxy("schema")
    assert done.returncode == 0
    assert "services" in json.loads(done.stdout)["properties"]
