"""`mta-emu serve` opens the doors that the configuration asks for, and ends at SIGTERM."""

import json
import smtplib
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENCE

CONFIGURATION = """
server:
  organization: Contoso
  site: Outside
  name: EXTERNAL
  global_domain: {country: US, private_domain: Contoso}
  transport_stack: {address: "HERE", port: 10892}
  http: {address: "HERE", port: 10893}
  smtp: {address: "HERE", port: 10894}
"""


@pytest.mark.parametrize(("address", "host"), [("127.0.113.92", "127.0.113.92"), ("::1", "[::1]")])
def test_doors_of_the_configuration(tmp_path: Path, address: str, host: str) -> None:
    path = tmp_path / "external.yaml"
    path.write_text(CONFIGURATION.replace("HERE", address))
    command = [sys.executable, "-m", "mta_emu", "serve", str(path), "--data", str(tmp_path / "d")]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    records = [json.loads(process.stdout.readline()) for _ in range(3)]
    assert [(record["kind"], record.get("door"), record["address"]) for record in records] == [
        ("listening", None, f"{host}:10892"),
        ("door", "http", f"{host}:10893"),
        ("door", "smtp", f"{host}:10894"),
    ]
    assert httpx.get(f"http://{host}:10893/health").json() == {"status": "ok"}
    with smtplib.SMTP(address, 10894, timeout=PATIENCE) as client:
        assert client.noop()[0] == 250
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
