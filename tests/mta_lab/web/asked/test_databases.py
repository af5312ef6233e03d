"""An MTA's database is read for the page, and no other file is."""

import pytest

from labkit.config import ConfigurationError
from mta_lab.lab.directory import Lab
from mta_lab.web.asked.databases import known, read


def test_it_is_read_whether_the_mta_runs_or_not(up: Lab) -> None:
    assert read(up, "EXTERNAL", lambda store: store.name) == "EXTERNAL"


@pytest.mark.parametrize("host", ["firewall", "EXTERNA", "../EXTERNAL", "", "/etc"])
def test_nothing_but_an_mta_names_a_directory(lab: Lab, host: str) -> None:
    with pytest.raises(ConfigurationError, match="no MTA"):
        known(lab, host)
    with pytest.raises(ConfigurationError, match="no MTA"):
        read(lab, host, lambda store: store.name)


def test_an_mta_that_was_never_started_has_none(lab: Lab) -> None:
    with pytest.raises(OSError, match="no MTA has kept its data here"):
        read(lab, "EXTERNAL", lambda store: store.name)


def test_one_on_another_engine_is_not_here(lab: Lab) -> None:
    topology = lab.topology.model_copy(update={"engines": {"EXTERNAL": "north"}})
    placement = lab.placement.model_copy(update={"topology": topology})
    elsewhere = lab.model_copy(update={"placement": placement})
    with pytest.raises(ConfigurationError, match="EXTERNAL is on the engine north, and so"):
        read(elsewhere, "EXTERNAL", lambda store: store.name)
