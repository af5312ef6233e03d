from collections.abc import Callable

import pytest

from labkit.errors import ConfigurationError
from mta_lab.engines.decision import How, Proxied, Stopped
from mta_lab.engines.registry import ENGINES, FILE, Given, kind
from tests.mta_lab.engines.boxes import SERVER, box, needs, routes, syn

OUR_OWN = f"""\
interfaces:
  outside: {{address: 203.0.113.1}}
  inside: {{address: 192.0.2.1}}
services:
  - name: x400
    listen: {{interface: outside, port: 102}}
    destination: {{address: {SERVER}, port: 102}}
    onward_interface: inside
"""


def test_our_own_is_read_from_its_file() -> None:
    decision = kind("proxy").read(Given(box(), OUR_OWN, "firewall.yaml")).decide(syn(), routes())
    assert isinstance(decision, Proxied)
    assert decision.reasons[0].place
    assert (decision.reasons[0].place.file, decision.reasons[0].place.line) == ("firewall.yaml", 5)


def test_a_router_needs_no_file() -> None:
    assert isinstance(kind("router").read(Given(box())).decide(syn(), routes()), Stopped)


@pytest.mark.parametrize(
    ("engine", "text"),
    [
        ("nftables", "table ip f { chain i { type filter hook input priority 0; drop; }; }"),
        ("iptables", "*filter\n:INPUT DROP [0:0]\nCOMMIT\n"),
    ],
)
def test_rules(needs_netns: Callable[[], None], engine: str, text: str) -> None:
    needs_netns()
    needs("iptables-restore-translate")
    decision = kind(engine).read(Given(box(), text, "site")).decide(syn(), routes())
    assert isinstance(decision, Stopped)
    assert decision.how is How.SILENCE


def test_an_unknown_engine_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ConfigurationError, match="did you mean nftables"):
        kind("nftable")


def test_what_runs_takes_the_file() -> None:
    for each in ENGINES.values():
        for command in filter(None, (each.set_up, each.serve)):
            assert FILE in command
