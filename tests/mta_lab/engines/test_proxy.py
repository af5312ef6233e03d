from dataclasses import replace
from typing import Any

import pytest

from firewall_proxy.config import Configuration
from firewall_proxy.request import Request
from labkit.config import parse
from mta_lab.engines.decision import Decision, Forwarded, How, Proxied, Stopped
from mta_lab.engines.proxy import Proxy
from tests.mta_lab.engines.boxes import CLIENT, INSIDE, OUTSIDE, SERVER, box, routes, syn


def proxy(**fields: Any) -> Proxy:
    service = {
        "name": "x400",
        "listen": {"interface": "outside", "port": 102},
        "destination": {"address": SERVER, "port": 102},
        "onward_interface": "inside",
    } | fields.pop("service", {})
    values = {
        "interfaces": {"outside": {"address": OUTSIDE}, "inside": {"address": INSIDE}},
        "services": [service],
    }
    return Proxy(box(), parse(values | fields, Configuration, "firewall.yaml"))


def decide(firewall: Proxy, to: str = OUTSIDE, source: str = CLIENT) -> Decision:
    return firewall.decide(syn(to, source=source), routes())


@pytest.mark.parametrize(
    ("service", "source"),
    [
        ({}, INSIDE),
        ({"client_side_transparency": True}, CLIENT),
        ({"source_rewrite": False}, INSIDE),
    ],
)
def test_the_destination_sees_what_the_policy_says(service: dict[str, bool], source: str) -> None:
    decision = decide(proxy(service=service))
    assert isinstance(decision, Proxied)
    assert str(decision.syn.source) == source
    assert decision.transparent == (source == CLIENT)
    checks = [each.check for each in decision.reasons]
    assert checks == ["services", "rules", "source address", "route"]


def test_a_client_that_a_rule_denies_is_accepted_and_reset() -> None:
    rule = {"name": "nobody", "from": f"{CLIENT}/32", "action": "deny"}
    decision = decide(proxy(rules=[rule]))
    assert isinstance(decision, Stopped)
    assert decision.how is How.ACCEPTED_RESET
    assert decision.reasons[-1].place
    assert decision.reasons[-1].place.path == "rules.nobody"


def test_another_port_is_closed() -> None:
    decision = proxy().decide(syn(OUTSIDE, 25), routes())
    assert isinstance(decision, Stopped)
    assert decision.how is How.CLOSED_PORT


@pytest.mark.parametrize(
    ("source", "passes"), [(CLIENT, True), ("203.0.113.51", False)], ids=["its end", "another"]
)
def test_a_tunnel_forwards_between_its_ends(source: str, passes: bool) -> None:
    tunnel = {"name": "direct", "between": [CLIENT, SERVER], "port": 102}
    decision = decide(proxy(tunnels=[tunnel]), SERVER, source)
    assert isinstance(decision, Forwarded) == passes
    assert decision.reasons[0].check == "tunnels"


def test_without_tunnels_nothing_is_forwarded() -> None:
    decision = decide(proxy(), SERVER)
    assert isinstance(decision, Stopped)
    assert decision.how is How.SILENCE


def test_the_answer_goes_back_through_the_tunnel() -> None:
    tunnel = {"name": "direct", "between": [CLIENT, SERVER], "port": 102}
    decision = proxy(tunnels=[tunnel]).answer(syn(SERVER), routes())
    assert isinstance(decision, Forwarded)
    assert decision.syn.interface == "outside"


def shared(**fields: Any) -> Proxy:
    one = {
        "name": "mta",
        "listen": {"interface": "outside", "port": 102},
        "called": {"selector": "MTA"},
        "destination": {"address": SERVER, "port": 102},
        "onward_interface": "inside",
    }
    other = {**one, "name": "plc", "called": {"absent": True}, "client_side_transparency": True}
    return proxy(services=[one, other], **fields)


def call(firewall: Proxy, request: Request | None) -> Decision:
    return firewall.decide(replace(syn(OUTSIDE), request=request), routes())


@pytest.mark.parametrize(
    ("request_", "source"), [(Request(b"MTA"), INSIDE), (Request(None), CLIENT)]
)
def test_one_of_several_services_is_chosen_by_what_is_called(
    request_: Request, source: str
) -> None:
    decision = call(shared(), request_)
    assert isinstance(decision, Proxied)
    assert str(decision.syn.source) == source
    checks = [each.check for each in decision.reasons]
    assert checks == ["services", "called T-selector", "rules", "source address", "route"]


@pytest.mark.parametrize(("request_", "how"), [(Request(b""), How.REFUSED), (None, How.WAITING)])
def test_what_none_of_them_takes_is_refused_and_what_is_not_said_awaited(
    request_: Request | None, how: How
) -> None:
    decision = call(shared(), request_)
    assert isinstance(decision, Stopped)
    assert (decision.how, decision.accepted) == (how, True)
    assert decision.reasons[-1].check == "called T-selector"


def test_who_may_use_none_of_them_is_reset_whatever_it_calls() -> None:
    rule = {"name": "nobody", "action": "deny"}
    decision = call(shared(rules=[rule]), None)
    assert isinstance(decision, Stopped)
    assert decision.how is How.ACCEPTED_RESET
