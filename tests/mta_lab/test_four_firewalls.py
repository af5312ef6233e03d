"""The README's table of four firewalls: as the labs are, and as packets are."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import four_firewalls
from tests.four_firewalls import PAIRS, README, SENDER, Side, predicted
from tests.mta_lab.engines.boxes import needs


@pytest.fixture(autouse=True)
def _root(needs_netns: Callable[[], None]) -> None:
    needs_netns()
    for program in ("nft", "iptables-restore", "haproxy", "nginx"):
        needs(program)


def test_the_readme_has_the_table_that_the_labs_make() -> None:
    readme = README.read_text("utf-8")
    assert four_firewalls.with_table(readme, four_firewalls.table()) == readme


def test_each_has_the_fault_and_a_fix() -> None:
    for row in four_firewalls.rows():
        assert (row.fault.disposition, row.fixed.disposition) == ("collected", "delivered")
        assert row.fault.source == "203.0.113.10"
        assert row.fixed.source == "198.51.100.1"
        assert row.line != row.fix


@pytest.mark.parametrize("lab", [lab for pair in PAIRS.values() for lab in pair])
def test_packets_show_what_the_table_says(play: Callable[..., Any], lab: str) -> None:
    flow = play(lab, "netns").flow(SENDER)
    assert Side(lab, flow["source_seen"], flow["disposition"]) == predicted(lab)
