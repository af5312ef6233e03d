"""The messages that MTAs spoke of, the newest first."""

from datetime import UTC, datetime, timedelta

from labkit.records import Record
from mta_emu.mta.log.records import Delivered, Submitted, Transfer
from mta_lab.web.model.messages import MOST, messages

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


def left(name: str, second: int) -> Transfer:
    return Transfer("out", name, "FIREWALL", 1, 100, time=at(second))


def test_a_message_is_where_it_was_spoken_of_last() -> None:
    records: dict[str, list[Record]] = {
        "INTERNAL": [
            Transfer("in", "[one]", "FIREWALL", 1, 100, time=at(2)),
            Delivered("[one]", "S=Smith", "Hello", time=at(3)),
        ],
        "EXTERNAL": [
            Submitted("[one]", time=at(1)),
            Submitted("[two]", time=at(4)),
            left("[one]", 5),  # it is confirmed late
        ],
    }
    two, one = messages(records, str.upper)
    assert (two.mts_identifier, two.latest, two.submitted) == ("[two]", "SUBMITTED", True)
    assert (one.origin, one.where, one.time) == (
        "EXTERNAL",
        "INTERNAL",
        "2026-01-05T12:00:01.000+00:00",
    )
    assert one.latest == "DELIVERED TO S=SMITH: HELLO"


def test_what_came_from_elsewhere_was_not_submitted_here() -> None:
    came = Transfer("in", "[three]", "FIREWALL", 1, 100, time=at(1))
    (found,) = messages({"INTERNAL": [came]}, str)
    assert not found.submitted


def test_what_has_left_for_who_says_nothing_was_last_where_it_left() -> None:
    records = {"RELAY": [Submitted("[one]", time=at(1)), left("[one]", 2)]}
    (found,) = messages(records, str)
    assert found.where == "RELAY"
    assert found.latest.startswith("transferred out")


def test_only_so_many_are_listed() -> None:
    many = [Submitted(f"[{number}]", time=at(number)) for number in range(MOST + 1)]
    found = messages({"EXTERNAL": many}, str)
    assert len(found) == MOST
    assert (found[0].mts_identifier, found[-1].mts_identifier) == (f"[{MOST}]", "[1]")
