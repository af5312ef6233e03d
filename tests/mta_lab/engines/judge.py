"""What a model says of a SYN, as a client and a server would notice it; how often it is asked."""

from dataclasses import replace

from hypothesis import HealthCheck, Phase, settings

from mta_lab.engines.decision import (
    ANY_PORT,
    Decision,
    Forwarded,
    How,
    NotModelled,
    Stopped,
    Syn,
)
from mta_lab.engines.nftables.engine import Nftables
from tests.mta_lab.engines.boxes import routes
from tests.mta_lab.engines.wire import FURTHER, Seen


def heard(decision: Decision) -> Seen:
    """What a client hears, by a decision that stops its SYN or the answer."""
    assert isinstance(decision, Stopped)
    said = {How.RESET: "reset", How.CLOSED_PORT: "reset", How.SILENCE: "silence"}
    return Seen(None, decision.icmp or said[decision.how])


def expected(model: Nftables, syn: Syn) -> Seen | None:
    """What is expected; None where the model does not say."""
    decision = model.decide(syn, routes(FURTHER))
    if isinstance(decision, NotModelled):
        return None
    if not isinstance(decision, Forwarded):
        return heard(decision)
    answer = model.answer(syn, routes(FURTHER))
    if isinstance(answer, NotModelled):
        return None
    return Seen(decision.syn, "connected" if isinstance(answer, Forwarded) else "silence")


def alike(wanted: Seen, seen: Seen) -> bool:
    if wanted.arrived and seen.arrived and wanted.arrived.source_port == ANY_PORT:
        seen = replace(seen, arrived=replace(seen.arrived, source_port=ANY_PORT))
    return wanted == seen


def trying(many: int) -> settings:
    """Try so many examples; a failure takes its time, so that none is made smaller."""
    return settings(
        max_examples=many,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
        print_blob=False,
    )
