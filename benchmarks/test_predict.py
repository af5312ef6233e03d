"""How long it takes to predict the mail of 10, 100 and 1000 MTAs: in proportion to the flows.

In processor time, which other work on the machine does not change. What stays the same is the cost
of one flow, which a line below each says.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from mta_lab.rehearsal.predict import predict
from mta_lab.topology.files import Topology
from tests.mta_lab.topologies import chain, mesh

NOW = datetime(1998, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.benchmark(group="predict", timer=time.process_time)
@pytest.mark.parametrize(
    ("make", "count", "flows"), [(mesh, 10, 90), (chain, 100, 198), (chain, 1000, 1998)]
)
def test_predict(benchmark: Any, make: Callable[[int], Topology], count: int, flows: int) -> None:
    topology = make(count)
    predicted = benchmark.pedantic(predict, (topology, NOW), rounds=5, warmup_rounds=1)
    assert {each.disposition for each in predicted} == {"delivered"}
    assert len(predicted) == flows
    print(f"\n{benchmark.stats['min'] / flows * 1e6:.0f} microseconds per flow")
