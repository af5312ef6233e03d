"""Every combination, predicted here, in other processes and by a cluster."""

from collections.abc import Callable
from itertools import combinations as pairs
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.config import ConfigurationError
from mta_lab.backends.registry import BackendName
from mta_lab.rehearsal.proof.proving import Proving
from mta_lab.rehearsal.report import flows_of
from mta_lab.rehearsal.whatif import Base, Case, cases, combinations
from tests.dask import dask
from tests.mta_lab.rehearsal.changed import NOW, lab

__all__ = ["dask"]  # a fixture

TRANSPARENCY = "firewall.transparency"
ADDRESS = "INTERNAL.connectors.FIREWALL.stack.address"
CHOICES = {TRANSPARENCY: ["on", "off"], ADDRESS: ["198.51.100.1", "203.0.113.10"]}


def becomes(case: Case) -> list[str]:
    return [flow.disposition.value for flow in case.flows]


def test_each_value_is_combined_with_each() -> None:
    found = [*cases(Base(lab("q196381"), NOW), combinations(CHOICES))]
    assert [[*each.settings.values()] for each in found] == [*map(list, product(*CHOICES.values()))]
    assert [*map(becomes, found)] == [
        ["collected", "delivered"],
        ["delivered", "collected"],
        ["delivered", "delivered"],
        ["refused", "blocked"],
    ]
    assert [len(each.changes) for each in found] == [0, 2, 1, 2]


def test_a_case_is_what_the_changed_file_would_be() -> None:
    (case,) = cases(Base(lab("q196381"), NOW), [{TRANSPARENCY: "off"}])
    (there, back) = flows_of(lab("q196381", f"{TRANSPARENCY}=off"), NOW)
    assert [each.disposition for each in case.flows] == [there.disposition, back.disposition]
    assert [each.events for each in case.flows] == [there.events, back.events]


@pytest.mark.parametrize("where", ["two processes", "cluster"])
def test_who_does_the_work_does_not_matter(where: str, request: pytest.FixtureRequest) -> None:
    choices = {**CHOICES, "EXTERNAL.connectors.FIREWALL.override.open_interval": [*range(1, 21)]}
    settings = combinations(choices)
    scheduler = request.getfixturevalue("dask") if where == "cluster" else ""
    topology = lab("q196381")
    here = [*cases(Base(topology, NOW), settings)]
    assert len(here) == 80
    assert [*cases(Base(topology, NOW), settings, jobs=2, dask=scheduler)] == here


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_pairwise_each_two_values_of_two_paths_meet(sizes: list[int]) -> None:
    choices = {f"path{number}": [[value] for value in range(n)] for number, n in enumerate(sizes)}
    rows = combinations(choices, pairwise=True)
    assert len(rows) <= len(combinations(choices))
    for one, other in pairs(choices, 2):
        met = [(row[one], row[other]) for row in rows]
        assert all(pair in met for pair in product(choices[one], choices[other]))
    for path, values in choices.items():
        assert all(value in [row[path] for row in rows] for value in values)


def test_too_many_are_refused_and_pairwise_is_not() -> None:
    choices = {f"path{number}": [*range(10)] for number in range(6)}
    with pytest.raises(ConfigurationError, match="1000000 combinations"):
        combinations(choices)
    assert len(combinations(choices, pairwise=True)) < 1000


def test_a_wrong_value_is_said_with_the_combination() -> None:
    with pytest.raises(ConfigurationError, match=r"with firewall\.transparency=maybe: .* must be"):
        [*cases(Base(lab("q196381"), NOW), [{TRANSPARENCY: "maybe"}])]


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_case_may_be_played(jobs: int, tmp_path: Path, lab_name: Callable[[str], str]) -> None:
    """What is set is found again in the reasons that the hosts log."""
    topology = lab("q196381").model_copy(update={"name": lab_name("q196381")})
    proving = Proving(BackendName.LOOPBACK, tmp_path, NOW)
    settings = combinations({TRANSPARENCY: ["on", "off"]})
    found = [*cases(Base(topology, NOW, proving=proving), settings, jobs)]
    assert [str(each.proved) for each in found] == [
        "played on loopback: as predicted; not all mail is delivered",
        "played on loopback: as predicted; all mail is delivered",
    ]


def test_what_is_wrong_is_said_before_anything_is_played(tmp_path: Path) -> None:
    proving = Proving(BackendName.LOOPBACK, tmp_path, NOW)
    settings = [{TRANSPARENCY: "on"}, {TRANSPARENCY: "maybe"}]
    with pytest.raises(ConfigurationError, match="maybe"):
        cases(Base(lab("q196381"), NOW, proving=proving), settings)
    assert [*tmp_path.iterdir()] == []


def test_passwords_are_hidden() -> None:
    settings = {"INTERNAL.connectors.FIREWALL.general.remote_mta_password": "sesame"}
    (case,) = cases(Base(lab("q196381"), NOW), [settings])
    assert [*case.settings.values()] == ["********"]
    assert "sesame" not in repr(case)


def test_mail_that_is_no_more_is_a_change() -> None:
    (case,) = cases(Base(lab("q164838-loop"), NOW), [{"EAST.server.mailboxes": []}])
    gone = [each for each in case.changes if each.after is None]
    assert ("NORTH", "EAST") in [(each.sender, each.receiver) for each in gone]
