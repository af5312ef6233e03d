"""What would become of the mail of a lab, if one thing were changed in it."""

from datetime import UTC, datetime

import pytest

from labkit.config import ConfigurationError
from mta_lab.lab.current import Now
from mta_lab.rehearsal.dryrun import Flows, dry_fault, dry_run
from mta_lab.topology.faults import Fault, Faults
from tests.mta_lab.rehearsal.changed import lab

HOLE = Fault.model_validate({"on": "outside", "black_hole": True})
LIFT = Fault.model_validate({"on": "outside", "lift": True})


def now(*faults: Fault) -> Now:
    at = datetime(1998, 3, 2, 9, tzinfo=UTC)
    return Now(lab("q196381"), at, Faults(faults=faults))


def words(flows: Flows) -> list[str]:
    return [str(each.disposition) for each in flows]


def test_settings_are_tried_on_a_topology_of_their_own() -> None:
    before, after = dry_run(now(), {"firewall.transparency": False}, restart=False)
    assert words(before) == ["collected", "delivered"]
    assert words(after) == ["delivered", "delivered"]


def test_what_a_host_would_refuse_is_refused() -> None:
    site = {"EXTERNAL.server.site": "Elsewhere"}
    with pytest.raises(ConfigurationError, match=r"EXTERNAL: .*started again\n--restart"):
        dry_run(now(), site, restart=False)
    assert dry_run(now(), site, restart=True)
    with pytest.raises(ConfigurationError, match=r"firewall\.nothing"):
        dry_run(now(), {"firewall.nothing": 1}, restart=False)


def test_a_fault_and_its_end_are_tried() -> None:
    before, after = dry_fault(now(), HOLE)
    assert (words(before), words(after)) == (["collected", "delivered"], ["unreachable"] * 2)
    before, after = dry_fault(now(HOLE), LIFT)
    assert (words(before), words(after)) == (["unreachable"] * 2, ["collected", "delivered"])


def test_a_fault_is_somewhere() -> None:
    nowhere = Fault.model_validate({"on": "outsid", "reset": True})
    with pytest.raises(ConfigurationError, match="'outsid'; did you mean"):
        dry_fault(now(), nowhere)
