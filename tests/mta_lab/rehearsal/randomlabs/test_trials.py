"""Random topologies proved, and the smallest that differs found."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from labkit.config import parse
from labkit.document import read
from labkit.reason import Reason
from labkit.spread import cores, spread
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector import responder
from mta_emu.mta.policy.admission import Admitted
from mta_lab.rehearsal.randomlabs.trials import Trial, draw, smallest, try_one
from mta_lab.topology.files import Topology
from tests.dask import dask

__all__ = ["dask"]  # a fixture

SEED = 20261128


def topology_of(text: str) -> Topology:
    document, _ = read(Path("random.yaml"), text)
    assert isinstance(document, dict)
    return parse(document, Topology, "random")


def test_a_seed_always_gives_the_same() -> None:
    first, again, other = draw(5, 1), draw(5, 1), draw(5, 2)
    assert first == again != other
    assert len({*first}) == 5


def test_packets_show_what_is_predicted() -> None:
    """CI proves a hundred (.ci/run)."""
    trials = [Trial(text, f"random-test.{n}") for n, text in enumerate(draw(8, SEED))]
    for trial, tried in zip(trials, spread(try_one, trials, cores()), strict=True):
        assert tried.agrees, f"{tried.broke}{tried.proof and tried.proof.differing()}\n{trial.text}"


def test_the_workers_of_a_cluster_can_try_them_too(dask: str) -> None:
    trials = [Trial(text, f"random-dask.{n}") for n, text in enumerate(draw(2, SEED))]
    assert all(tried.agrees for tried in spread(try_one, trials, dask=dask))


def test_a_difference_is_shrunk_and_what_agreed_is_not_tried_again() -> None:
    """Here those differ that have a firewall with a tunnel."""
    texts = draw(30, SEED)
    different = [text for text in texts if any_tunnel(text)]
    agree = {text for text in texts if text not in different}
    assert different

    def differs(text: str) -> bool:
        assert text not in agree
        return any_tunnel(text)

    found = smallest(30, SEED, agree, differs)
    assert found
    topology = topology_of(found)
    assert len(found) < max(map(len, different)) / 2
    assert len(topology.mtas) <= 3
    assert len(topology.firewalls) == 1
    assert any_tunnel(found)


def test_there_may_be_no_difference_or_one_that_does_not_come_again() -> None:
    assert smallest(5, 1, (), lambda _: False) is None
    once = iter([True])
    assert smallest(5, 1, (), lambda _: next(once, False)) is not None


def any_tunnel(text: str) -> bool:
    return any(each.tunnels for each in topology_of(text).proxies().values())


def test_an_mta_that_does_something_else_than_its_policy_says_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It lets everybody in; the prediction asks the policy, which does not."""

    def let_in(connectors: Sequence[ConnectorConfig], *_: object) -> Admitted:
        return Admitted(connectors[0], (Reason("address", "everybody is let in"),))

    refused = next(text for text in draw(60, SEED) if "remote_mta_password: wrong" in text)
    assert try_one(Trial(refused, "random-test.right")).agrees
    monkeypatch.setattr(responder, "admit", let_in)
    assert not try_one(Trial(refused, "random-test.wrong")).agrees


def test_what_breaks_down_differs() -> None:
    tried = try_one(Trial("name: [", "random-test.broken"))
    assert not tried.agrees
    assert "not YAML" in tried.broke
