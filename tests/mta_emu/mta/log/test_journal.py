"""Records as lines for people and for programs."""

import json

from labkit.clock import LabClock
from labkit.reason import Place, Reason
from mta_emu.mta.log.journal import Journal, Record, as_json, as_text, reason_fields

SEED = Reason(
    "address",
    "caller's address 203.0.113.10 is not 198.51.100.1, "
    "the address on the Stack page of connector FIREWALL",
    "198.51.100.1",
    "203.0.113.10",
    Place("connectors.FIREWALL.stack.address", "internal.yaml", 21),
)


def refused(reason: Reason) -> Record:
    heard: list[Record] = []
    journal = Journal(LabClock())
    journal.listen(heard.append)
    journal.publish(
        "association",
        association=7,
        connector="FIREWALL",
        initiated="remotely",
        local="198.51.100.5:102",
        peer="203.0.113.10:40000",
        state="refused",
        **reason_fields(reason),
    )
    (record,) = heard
    return record


def test_the_line_of_a_refused_association_says_why_and_where_that_is_configured() -> None:
    line = as_text(refused(SEED))
    assert line.partition(" ")[2] == (
        "association 7 with FIREWALL initiated remotely, peer 203.0.113.10:40000: refused: "
        "caller's address 203.0.113.10 is not 198.51.100.1, the address on the Stack page of "
        "connector FIREWALL (internal.yaml:21 connectors.FIREWALL.stack.address)"
    )


def test_the_record_has_the_parts_of_the_reason() -> None:
    record = json.loads(as_json(refused(SEED)))
    assert (record["check"], record["expected"], record["seen"]) == (
        "address",
        "198.51.100.1",
        "203.0.113.10",
    )
    assert record["place"] == "internal.yaml:21 connectors.FIREWALL.stack.address"


def test_without_a_reason_the_line_ends_with_the_state() -> None:
    assert as_text(refused(Reason("", ""))).endswith("peer 203.0.113.10:40000: refused")
