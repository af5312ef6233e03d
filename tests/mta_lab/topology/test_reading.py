"""Topology files: what does not fit together is named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.topology.reading import load_topology

ONE_HOP = "198.51.100.1"  # from INTERNAL


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d["play"][0]["send"].update(at="NOBODY"), "play.0.send.at: no MTA 'NOBODY'"),
        (
            lambda d: d["play"][0]["send"].update(to="C=US;A= ;O=X"),
            "play.0.send.to: no MTA has a mail",
        ),
        (lambda d: d["play"][0]["send"].update(to="Smith"), "play.0.send.to: "),
        (
            lambda d: d["play"].append({"set": {"firewall.transparency": "perhaps"}}),
            "play.5.set: firewalls.firewall.services.x400-inbound.client_side_transparency: ",
        ),
        (
            lambda d: d["play"].append({"set": {"INTERNAL.connectors.X.stack.address": "a"}}),
            "play.5.set: INTERNAL.connectors.X.stack.address: nothing is named 'X'",
        ),
        (
            lambda d: d["play"].append({"await": {"ended": "EXTERNAL"}}),
            "play.5.await.ended: no program here of that name; there are: none",
        ),
        (
            lambda d: d["play"].append({"restart": "NOBODY"}),
            "play.5.restart: no host 'NOBODY' here; there are: EXTERNAL, INTERNAL, firewall",
        ),
        (
            lambda d: d["play"].append({"wait": 3}),
            "play.5.wait: there is no such field; did",
        ),
        (
            lambda d: d.update(name="my lab"),
            "name: must be letters, digits, '.', '_' and '-', the first a letter or a digit",
        ),
        (
            lambda d: d["mtas"]["INTERNAL"]["server"]["global_domain"].update(country="USA"),
            "global_domain.country: must be two letters or three digits (found: 'USA')",
        ),
        (lambda d: d["expect"]["events"].update(X=[1]), "expect.events.X: no MTA 'X'"),
        (
            lambda d: d["expect"]["events"].update(INTERNAL=[1293, 99999]),
            "expect.events.INTERNAL: no MTA logs an event 99999; there are 37, 48, 51",
        ),
        (
            lambda d: d["play"].append({"await": {"event": 99999, "at": "INTERNAL"}}),
            "play.5.await.event: no MTA logs an event 99999; there are 37, 48, 51",
        ),
        (
            lambda d: d["expect"]["flows"][0].update(outcome="not tried"),
            "expect.flows.0.outcome: there is no such field; did you mean disposition?",
        ),
        (
            lambda d: d["expect"]["flows"][0].update(picked_up=5),
            "expect.flows.0.picked_up: there is no such field; did you mean collected?",
        ),
        (
            lambda d: d["expect"]["flows"][0].update(disposition="refuse"),
            "never called, no connector, reported, looping, not modelled; did you mean refused?",
        ),
        (
            lambda d: d.update(firewall=d.pop("firewalls")),
            "firewall: there is no such field; did you mean firewalls?",
        ),
        (
            lambda d: d["firewalls"].update(EXTERNAL=d["firewalls"].pop("firewall")),
            "firewalls.EXTERNAL: an MTA has this name; hosts need names of their own",
        ),
        (
            lambda d: d.update(routes={"INTERNL": []}),
            "routes.INTERNL: no MTA 'INTERNL' here; did you mean INTERNAL?",
        ),
        (
            lambda d: d.update(routes={"INTERNAL": [{"to": "10.0.0.0/8", "via": "203.0.113.1"}]}),
            "routes.INTERNAL.0.via: 203.0.113.1 is on none of the networks of INTERNAL",
        ),
        (
            lambda d: d["firewalls"]["firewall"].update(
                routes=[{"to": "10.0.0.0/8", "via": "192.0.2.1"}]
            ),
            "firewalls.firewall.routes.0.via: 192.0.2.1 is on none of the networks of firewall",
        ),
        (
            lambda d: d.update(routes={"INTERNAL": [{"to": "2001:db8::/32", "via": ONE_HOP}]}),
            f"routes.INTERNAL.0.via: {ONE_HOP} is IPv4, and 2001:db8::/32 is IPv6",
        ),
        (
            lambda d: d["networks"].update(six="fe80::%eth0/64"),
            "networks.six: has a zone (%eth0), which means something on one host only",
        ),
        (lambda d: d.update(time_scale=1e12), "time_scale: must be at most 1000000"),
        (
            lambda d: d["mtas"]["INTERNAL"]["server"]["transport_stack"].update(
                address="192.0.2.1"
            ),
            "lies in none of the networks",
        ),
        (
            lambda d: d["mtas"]["INTERNAL"]["server"]["transport_stack"].update(
                address="203.0.113.10"
            ),
            "203.0.113.10 is taken by mtas.EXTERNAL.server.transport_stack.address",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    seed: dict[str, Any],
    write: Callable[[dict[str, Any]], Path],
    change: Callable[[dict[str, Any]], None],
    complaint: str,
) -> None:
    change(seed)
    path = write(seed)
    with pytest.raises(ConfigurationError) as error:
        load_topology(path)
    assert complaint in str(error.value)
    assert str(path) in str(error.value)
