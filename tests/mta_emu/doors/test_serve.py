"""`mta-emu serve` opens the doors that the configuration asks for, and ends at SIGTERM."""

import json
import subprocess
import sys
from pathlib import Path

import httpx

CONFIGURATION = """
server:
  organization: Contoso
  site: Outside
  name: EXTERNAL
  global_domain: {country: US, private_domain: Contoso}
  transport_stack: {address: 127.0.113.92, port: 10892}
  http: {address: 127.0.113.92, port: 10893}
  smtp: {address: 127.0.113.92, port: 10894}
"""


def test_doors_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "external.yaml"
    path.write_text(CONFIGURATION)
    command = [sys.executable, "-m", "mta_emu", "serve", str(path), "--data", str(tmp_path / "d")]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    records = [json.loads(process.stdout.readline()) for _ in range(3)]
    assert [(record["kind"], record.get("door"), record["address"]) for record in records] == [
        ("listening", None, "127.0.113.92:10892"),
        ("door", "http", "127.0.113.92:10893"),
        ("door", "smtp", "127.0.113.92:10894"),
    ]
    assert httpx.get("http://127.0.113.92:10893/health").json() == {"status": "ok"}
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0
