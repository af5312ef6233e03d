"""The model against the kernel: random rulesets, and real SYNs through them."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import assume, given

from mta_lab.engines.decision import Forwarded, How, Icmp, NotModelled, Stopped, Syn
from mta_lab.engines.nftables import reader
from mta_lab.engines.nftables.engine import Nftables
from tests.mta_lab.engines.boxes import box, routes, syn
from tests.mta_lab.engines.judge import alike, expected, trying
from tests.mta_lab.engines.nftables.rulesets import RULESETS, syns
from tests.mta_lab.engines.wire import FURTHER, Seen, Wire, wire

_PORTS = itertools.cycle(range(1024, 65000))


@pytest.fixture(scope="module")
def real(needs_netns: Callable[[], None]) -> Iterator[Wire]:
    needs_netns()
    with wire() as made:
        yield made


def engine(text: str) -> Nftables:
    return Nftables(box(), reader.read(text, "site.nft", ["outside", "inside"]))


@trying(50)
@given(text=RULESETS, drawn=syns(20))
def test_the_model_does_what_the_kernel_does(real: Wire, text: str, drawn: list[Syn]) -> None:
    compare(real, text, drawn)


@pytest.mark.proof
@trying(2000)
@given(text=RULESETS, drawn=syns(20))
def test_it_does_so_for_many_rulesets(real: Wire, text: str, drawn: list[Syn]) -> None:
    compare(real, text, drawn)


def compare(real: Wire, text: str, drawn: list[Syn]) -> None:
    sent = [replace(each, source_port=next(_PORTS)) for each in drawn]
    assume(real.takes(text))  # nft refuses, for instance, what can never match
    model = engine(text)
    wanted = [expected(model, each) for each in sent]
    for each, want, seen in zip(sent, wanted, real.send(sent, wanted), strict=True):
        decision = model.decide(each, routes(FURTHER))
        said = "\n".join(map(str, decision.reasons))
        assert want is None or alike(want, seen), (
            f"{each}: expected {want}, seen {seen}, because\n{said}\n{text}"
        )


SIX = """\
table inet site {
    chain pre {
        type nat hook prerouting priority dstnat;
        ip6 daddr 2001:db8:1::1 tcp dport 102 dnat ip6 to [2001:db8:2::2]:10102
    }
    chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established accept
        ip6 saddr 2001:db8:1::/64 tcp dport 10102 accept
        meta nfproto ipv6 reject with icmpx type admin-prohibited
    }
    chain post { type nat hook postrouting priority srcnat; oifname inside masquerade; }
}
"""


def test_ipv6_goes_the_same_way(needs_netns: Callable[[], None]) -> None:
    needs_netns()
    model = engine(SIX)
    called = syn("2001:db8:1::1", source="2001:db8:1::9")
    decision = model.decide(called, routes())
    assert isinstance(decision, Forwarded)
    assert str(decision.syn) == "[2001:db8:2::1]:40000 to [2001:db8:2::2]:10102"
    assert isinstance(model.answer(called, routes()), Forwarded)
    refused = model.decide(syn("2001:db8:2::2", source="2001:db8:1::9"), routes())
    assert isinstance(refused, Stopped)
    assert (refused.how, refused.icmp) == (How.ICMP, Icmp(1, 1))


def test_connection_tracking_has_a_priority_of_its_own(needs_netns: Callable[[], None]) -> None:
    """A chain at just that priority stands before or after it, which nobody can tell."""
    needs_netns()
    text = "table ip raw { chain pre { type filter hook prerouting priority -200; }; }"
    assert isinstance(engine(text).decide(syn(), routes()), NotModelled)


REJECTS = """\
table inet site {
    chain pre {
        type filter hook prerouting priority dstnat;
        tcp dport 102 reject with icmp type net-unreachable
    }
    chain other { type nat hook prerouting priority dstnat; policy drop; }
    chain tracked { type filter hook forward priority filter; ct state new accept; }
}
"""


def test_translation_has_a_priority_of_its_own(real: Wire) -> None:
    """A chain at just that priority stands before or after it by what was loaded before."""
    text = REJECTS.replace("dstnat; policy", "-150; policy")
    decision = engine(text).decide(syn(), routes())
    assert isinstance(decision, NotModelled)
    assert str(decision.place) == "site.nft inet site pre"
    assert isinstance(
        engine(text.replace("type nat", "type filter")).decide(syn(), routes()), Stopped
    )
    nat = "table ip nat { chain pre { type nat hook prerouting priority 0; }; }"
    for before, heard in (("", None), (nat, Seen(None, Icmp(3, 0)))):
        assert real.takes("")
        assert real.takes(before)
        assert real.takes(text)
        sent = [replace(syn(), source_port=next(_PORTS))]
        assert real.send(sent, [heard]) == [heard or Seen(None, "silence")]


def test_other_families_are_not_modelled(needs_netns: Callable[[], None]) -> None:
    needs_netns()
    text = "table netdev n { chain i { type filter hook ingress device outside priority 0; }; }"
    decision = engine(text).decide(syn(), routes())
    assert isinstance(decision, NotModelled)
    assert "netdev" in decision.directive


def test_a_hook_before_prerouting_is_not_modelled(needs_netns: Callable[[], None]) -> None:
    needs_netns()
    text = "table inet n { chain i { type filter hook ingress device outside priority 0; }; }"
    decision = engine(text).decide(syn(), routes())
    assert isinstance(decision, NotModelled)
    assert (decision.directive, str(decision.place)) == ("the hook ingress", "site.nft inet n i")
