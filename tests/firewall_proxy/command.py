"""The command `firewall-proxy`, as people run it, and a configuration for it."""

import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE

CONFIGURATION = """
interfaces: {outside: {address: 127.0.113.6}, inside: {address: 127.0.100.6}}
services:
  - name: x400
    listen: {interface: outside, port: 0}
    destination: {address: 127.0.100.66, port: 10666}
    onward_interface: inside
    client_side_transparency: true
"""


def firewall_proxy(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firewall_proxy", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
