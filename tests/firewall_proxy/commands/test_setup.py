"""`firewall-proxy setup`; what it does to a kernel is in test_system.py."""

from pathlib import Path

from tests.firewall_proxy.command import firewall_proxy


def test_setup_prints_what_it_would_do(configuration: Path) -> None:
    done = firewall_proxy("setup", "--print", configuration)
    assert done.returncode == 0
    assert "nft" in done.stdout


def test_a_wrong_configuration_is_not_set_up(configuration: Path) -> None:
    configuration.write_text("services: 7\n")
    done = firewall_proxy("setup", "--print", configuration)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{configuration}:1: services: " in done.stderr
