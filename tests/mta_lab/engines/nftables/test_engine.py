"""The model against the kernel: random rulesets, and real SYNs through them."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import assume, given

from mta_lab.engines.decision import Syn
from mta_lab.engines.nftables import reader
from mta_lab.engines.nftables.engine import Nftables
from tests.mta_lab.engines.boxes import box, routes
from tests.mta_lab.engines.judge import alike, expected, trying
from tests.mta_lab.engines.nftables.rulesets import RULESETS, syns
from tests.mta_lab.engines.wire import FURTHER, Wire, wire

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
    for syn, want, seen in zip(sent, wanted, real.send(sent, wanted), strict=True):
        decision = model.decide(syn, routes(FURTHER))
        said = "\n".join(map(str, decision.reasons))
        assert want is None or alike(want, seen), (
            f"{syn}: expected {want}, seen {seen}, because\n{said}\n{text}"
        )
