"""An MTA served as people serve it, and the command run as people run it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import PATIENCE

PORT = 10444
HERE, THERE = "127.0.113.44", "127.0.100.44"
JONES, SMITH = "C=US;A= ;P=Contoso;O=Outside;S=Jones", "C=US;A= ;P=Contoso;O=Inside;S=Smith"

CONFIGURATION = f"""
server:
  organization: Contoso
  site: Outside
  name: EXTERNAL
  local_mta_password: secret
  global_domain: {{country: US, private_domain: Contoso}}
  transport_stack: {{address: {HERE}, port: {PORT}, selectors: {{t: X400}}}}
  diagnostics_logging: {{x400_service: minimum}}
  mailboxes: [{{country: US, organization: Outside}}]
connectors:
  - general: {{directory_name: FIREWALL, remote_mta_name: INTERNAL, remote_mta_password: secret}}
    stack: {{address: {THERE}}}
    address_space: [{{country: US, organization: Inside}}]
"""


def mta_emu(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mta_emu", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env=os.environ | {"COLUMNS": "200"},
    )


@contextmanager
def serving(directory: Path) -> Iterator[Path]:
    """An MTA process whose peer does not exist; its data directory."""
    configuration = directory / "external.yaml"
    configuration.write_text(CONFIGURATION)
    data = directory / "data"
    command = [sys.executable, "-m", "mta_emu", "serve", str(configuration), "--data", str(data)]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert json.loads(process.stdout.readline())["kind"] == "listening"
    yield data
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
