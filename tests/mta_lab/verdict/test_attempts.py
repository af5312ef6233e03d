"""Calls: the caller's record, the called MTA's and those of firewalls, joined by their ends."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from firewall_proxy.records import Connection, Outcome
from labkit.records import Record
from mta_emu.mta.log.records import Association, Listening
from mta_lab.topology.reading import load_topology
from mta_lab.verdict.attempts import Attempt, Calls, firsts

SEED = load_topology(Path(__file__).parents[3] / "labs" / "q196381.yaml")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CALLER, LISTENS = "203.0.113.10:5000", "203.0.113.1:102"
ONWARD, CALLED = "203.0.113.10:6000", "198.51.100.10:102"


def made(state: str = "refused", check: str = "bind", **fields: Any) -> Association:
    said: dict[str, Any] = {
        "association": 1,
        "connector": "FIREWALL",
        "initiated": "locally",
        "local": CALLER,
        "peer": LISTENS,
        "state": state,
        "check": check,
        "time": NOON,
    }
    return Association(**(said | fields))


def answer(state: str = "refused", peer: str = ONWARD, **fields: Any) -> Association:
    others = {"initiated": "remotely", "local": CALLED, "peer": peer} | fields
    return made(state, "address", **others)


def connection(outcome: Outcome = Outcome.CLOSED, onward: bool = True) -> Connection:
    ends = (ONWARD, CALLED) if onward else (None, None)
    return Connection("x400-inbound", None, CALLER, LISTENS, *ends, 0, 0, 0.0, outcome)


def attempts(
    external: list[Record], internal: list[Record], *connections: Connection
) -> list[Attempt]:
    records = {"EXTERNAL": external, "INTERNAL": internal}
    return Calls(SEED, records, connections).attempts()


def test_a_call_through_a_firewall_is_joined_with_its_answer() -> None:
    (attempt,) = attempts([made()], [answer()], connection())
    assert (attempt.caller, attempt.called, attempt.connector) == (
        "EXTERNAL",
        "INTERNAL",
        "FIREWALL",
    )
    assert attempt.disposition == "refused"
    assert attempt.source_seen == IPv4Address("203.0.113.10")
    assert attempt.answer is not None
    assert attempt.answer.check == "address"


@pytest.mark.parametrize(
    ("record", "outcome", "disposition"),
    [
        (made("open", "source address"), Outcome.CLOSED, "delivered"),
        (made("refused", "bind"), Outcome.CLOSED, "refused"),
        (made("refused", "password"), Outcome.CLOSED, "rejected"),
        (made("refused", "MTA name"), Outcome.CLOSED, "rejected"),
        (made("refused", "transport connect"), Outcome.CLOSED, "cut off"),
        (made("refused", "session connect"), Outcome.CLOSED, "refused"),
        (made("aborted"), Outcome.CLOSED, "cut off"),
        (made("aborted"), Outcome.DENIED, "blocked"),
        (made("aborted"), Outcome.LIMIT, "blocked"),
        (made("aborted"), Outcome.REFUSED, "unreachable"),
        (made("unreachable", "connection", local=None, peer="203.0.113.1"), None, "unreachable"),
        (made("refused", "control blocks", local=None, peer="203.0.113.1"), None, "refused"),
    ],
)
def test_the_word_for_a_call(
    record: Association, outcome: Outcome | None, disposition: str
) -> None:
    connections = [connection(outcome, onward=outcome is Outcome.CLOSED)] if outcome else []
    (attempt,) = attempts([record], [], *connections)
    assert attempt.disposition == disposition
    assert attempt.called == "INTERNAL"
    assert attempt.source_seen is None


def test_where_no_ends_agree_the_first_call_that_fits_is_the_one() -> None:
    """A firewall that is no proxy of ours rewrites addresses, and says nothing."""
    refused = made(association=1, local="203.0.113.10:1")
    accepted = made("open", association=2, local="203.0.113.10:2", time=NOON + timedelta(minutes=1))
    seen = answer("open", "198.51.100.1:7000", connector="FIREWALL")
    first, second = attempts([refused, accepted], [seen])
    assert (first.source_seen, second.source_seen) == (None, IPv4Address("198.51.100.1"))


def test_a_call_that_its_caller_has_no_record_of_is_known_by_the_answer() -> None:
    (attempt,) = attempts([], [answer("refused", connector=None)], connection())
    assert (attempt.caller, attempt.disposition) == ("EXTERNAL", "cut off")


def test_only_the_first_record_of_an_association_says_what_became_of_the_call() -> None:
    opened, released = made("open"), made("released")
    again = [Listening("203.0.113.10:102"), made("aborted")]
    assert [each.state for each in firsts([opened, released, *again])] == ["open", "aborted"]
