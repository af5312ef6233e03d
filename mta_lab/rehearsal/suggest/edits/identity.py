"""Edits of what a bind shows and what is expected: names, passwords, selectors.

Two ends disagree, and either may be the one that is wrong: each edit lets one follow the other.
The called MTA compares a bind, and the caller its answer: the end that refuses is the one that
expects something.
"""

from collections.abc import Iterator
from typing import NamedTuple

from mta_emu.mta.policy.identity import travelling
from mta_emu.osi.selectors import Selectors as StackSelectors
from mta_emu.osi.selectors import selector_text
from mta_lab.rehearsal.suggest.edit import Edit, Put
from mta_lab.rehearsal.suggest.stop import Connector, Stop


class Pair(NamedTuple):
    """The connector that expects something, and the one at the other connector, which shows it."""

    expects: Connector
    shows: Connector


def _pairs(stop: Stop) -> Iterator[Pair]:
    """Who expects what of whom, at the step that said no."""
    if (calling := stop.calling) is None:
        return
    for answering in stop.answering():
        refuses = stop.where == stop.caller
        yield Pair(calling, answering) if refuses else Pair(answering, calling)


def name(stop: Stop) -> Iterator[Edit]:
    """Expect the MTA name that is shown, or show the one that is expected (Q166308, Q169159)."""
    for expects, shows in _pairs(stop):
        shown, _ = stop.topology.mtas[shows.mta].local_credentials(shows.config)
        keys = (*expects.keys, "general", "remote_mta_name")
        yield Edit(f"{expects}: the remote MTA name is {shown}", (Put(keys, shown),))
        expected = expects.config.general.remote_mta_name
        keys = (*shows.keys, "override", "local_mta_name")
        yield Edit(f"{shows}: the local MTA name is {expected}", (Put(keys, expected),))


def password(stop: Stop) -> Iterator[Edit]:
    """Expect the password that is shown, or show the one that is expected (Q159182, Q166308)."""
    for expects, shows in _pairs(stop):
        _, shown = stop.topology.mtas[shows.mta].local_credentials(shows.config)
        keys = (*expects.keys, "general", "remote_mta_password")
        text = f"{expects}: the remote MTA password is the one that {shows.mta} shows"
        yield Edit(text, (Put(keys, shown.decode("ascii")),))
        keys = (*shows.keys, "override", "local_mta_password")
        text = f"{shows}: the local MTA password is the one that {expects.mta} expects"
        yield Edit(text, (Put(keys, expects.config.general.remote_mta_password),))


def selectors(stop: Stop) -> Iterator[Edit]:
    """Expect the selectors that the caller has, or let it have the expected (Q152932, Q152934)."""
    if stop.calling is None:
        return
    own = stop.topology.mtas[stop.caller].server.transport_stack.selectors.for_stack()
    mode = stop.calling.config.advanced.conformance
    for connector in stop.answering():
        stack = connector.config.stack
        fields = ["incoming"]
        if stack.expected is stack.outgoing:  # as they are where no incoming ones are given
            fields.append("outgoing")
        for field in fields:
            keys = (*connector.keys, "stack", field)
            text = f"{connector}: the {field} selectors are those of {stop.caller}"
            yield Edit(text, (Put(keys, _written(travelling(own, mode))),))
        expected = connector.config.stack.expected.for_stack()
        if travelling(expected, mode) == expected:
            yield _local(stop.caller, expected, f"those that {connector} expects")


def called_selectors(stop: Stop) -> Iterator[Edit]:
    """Call by the selectors that the called system has, or let it have these."""
    if stop.calling is None or stop.called is None:
        return
    there = stop.topology.mtas[stop.called].server.transport_stack.selectors
    keys = (*stop.calling.keys, "stack", "outgoing")
    text = f"{stop.calling}: the outgoing selectors are those of {stop.called}"
    yield Edit(text, (Put(keys, _written(there.for_stack())),))
    outgoing = stop.calling.config.stack.outgoing.for_stack()
    yield _local(stop.called, outgoing, f"those that {stop.calling} calls")


def _local(mta: str, selectors: StackSelectors, which: str) -> Edit:
    keys = ("mtas", mta, "server", "transport_stack", "selectors")
    return Edit(f"the selectors of {mta} are {which}", (Put(keys, _written(selectors)),))


def _written(selectors: StackSelectors) -> dict[str, str]:
    """Selectors as a file has them."""
    named = {"t": selectors.transport, "s": selectors.session, "p": selectors.presentation}
    return {letter: selector_text(octets) for letter, octets in named.items() if octets}
