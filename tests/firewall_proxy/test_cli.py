"""The commands of `firewall-proxy` are those of its table."""

from firewall_proxy.cli import COMMANDS
from tests.firewall_proxy.command import firewall_proxy


def test_help_lists_all() -> None:
    shown = firewall_proxy("--help")
    assert shown.returncode == 0
    assert {line.split()[0] for line in shown.stdout.splitlines() if line.strip()} >= {*COMMANDS}
