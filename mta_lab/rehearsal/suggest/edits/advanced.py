"""Edits of Advanced pages: two connectors that talk in different modes."""

from collections.abc import Iterator

from mta_lab.rehearsal.suggest.edit import Edit, Put
from mta_lab.rehearsal.suggest.stop import Stop


def two_way_alternate(stop: Stop) -> Iterator[Edit]:
    """Allow two-way alternate at the called connector, or do not ask for it (Q171113, Q140958)."""
    for connector in stop.answering():
        if not connector.config.advanced.two_way_alternate:
            keys = (*connector.keys, "advanced", "two_way_alternate")
            yield Edit(f"{connector}: allow two-way alternate", (Put(keys, True),))
    if stop.calling and stop.calling.config.advanced.two_way_alternate:
        keys = (*stop.calling.keys, "advanced", "two_way_alternate")
        yield Edit(f"{stop.calling}: no two-way alternate", (Put(keys, False),))


def conformance(stop: Stop) -> Iterator[Edit]:
    """Speak the conformance mode of the other connector, at either."""
    if (calling := stop.calling) is None:
        return
    for connector in stop.answering():
        ours, theirs = (each.config.advanced.conformance for each in (calling, connector))
        for which, mode in ((connector, ours), (calling, theirs)):
            keys = (*which.keys, "advanced", "conformance")
            yield Edit(f"{which}: conformance {mode.value}", (Put(keys, mode.value),))
