"""Rules and tables of policy routing, in a network namespace of their own."""

import subprocess
import sys
from collections.abc import Callable

_PROGRAM = """
import subprocess, sys
from types import SimpleNamespace
from labkit.config import ConfigurationError
from mta_lab.backends import policyrouting
rules = (sys.argv[1], "-6 fwmark 2 lookup 100")
its = SimpleNamespace(rules=rules, tables={100: ("local default dev lo",)})
try:
    policyrouting.add(its)
except ConfigurationError as error:
    sys.exit(str(error))
for words in (["rule"], ["-6", "rule"], ["route", "show", "table", "100"]):
    subprocess.run(["ip", *words], check=True)
"""


def added(rule: str) -> subprocess.CompletedProcess[str]:
    command = ["unshare", "--net", sys.executable, "-c", _PROGRAM, rule]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_rules_lead_to_tables_of_both_families(needs_netns: Callable[[], None]) -> None:
    needs_netns()
    done = added("fwmark 1 lookup 100")
    assert done.returncode == 0, done.stderr
    assert "fwmark 0x1 lookup 100" in done.stdout
    assert "fwmark 0x2 lookup 100" in done.stdout
    assert "local default dev lo" in done.stdout


def test_what_iproute2_refuses_is_said_in_its_words(needs_netns: Callable[[], None]) -> None:
    needs_netns()
    assert added("fwmark much lookup 100").stderr.startswith("ip rule add fwmark much lookup 100: ")
