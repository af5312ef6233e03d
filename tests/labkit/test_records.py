"""Records: stamped, as JSON and back, as a line for people, and as a table."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.reason import Place, Reason
from labkit.records import (
    Explained,
    Record,
    RecordKinds,
    UnreadableRecordError,
    as_json,
    as_object,
    as_text,
    type_text,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Rang(Record):
    """Somebody rang;
    `bell` is which."""

    kind: ClassVar[str] = "rang"
    bell: str
    times: int | None = None
    by: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.bell} rang {self.times} times"


@dataclass(frozen=True)
class Opened(Explained):
    """The door opened, or not."""

    kind: ClassVar[str] = "opened"
    state: Literal["open", "shut"]

    def __str__(self) -> str:
        return f"door {self.state}{self.why}"


KINDS = RecordKinds(Rang, Opened)


def test_json_has_the_time_the_kind_and_the_fields() -> None:
    record = Rang("left", 2, ("A",)).at(NOON)
    assert as_json(record) == (
        '{"time": "2026-01-01T12:00:00.000+00:00", "kind": "rang", '
        '"bell": "left", "times": 2, "by": ["A"]}'
    )


def test_the_line_for_people_has_nothing_that_a_terminal_obeys() -> None:
    record = Rang("left\x1b[2J\n", 2).at(NOON)
    assert as_text(record) == "2026-01-01T12:00:00.000+00:00 left\\x1b[2J\\n rang 2 times"
    assert as_object(record)["bell"] == "left\x1b[2J\n"  # exact for programs


@given(
    st.builds(
        Rang,
        st.text(),
        st.none() | st.integers(-(2**53), 2**53),
        st.lists(st.text(), max_size=3).map(tuple),
    )
)
def test_what_was_written_is_read(record: Rang) -> None:
    assert KINDS.read(as_json(record.at(NOON))) == record.at(NOON)


def test_a_reason_has_its_parts_and_its_place() -> None:
    reason = Reason("lock", "it is locked", "a key", "none", Place("door.lock", "house.yaml", 3))
    record = Opened("shut").because(reason).at(NOON)
    assert str(record) == "door shut: it is locked (house.yaml:3 door.lock)"
    assert as_object(record) == {
        "time": "2026-01-01T12:00:00.000+00:00",
        "kind": "opened",
        "reason": "it is locked",
        "check": "lock",
        "expected": "a key",
        "seen": "none",
        "place": "house.yaml:3 door.lock",
        "state": "shut",
    }
    assert Opened("open").because(None) == Opened("open")
    assert str(Opened("open")) == "door open"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("x", "not JSON: 'x'"),
        ("[]", "no JSON object"),
        ("{}", "no record with one of these kinds: rang, opened"),
        ('{"kind": "sang"}', "no record with one of these kinds: rang, opened"),
        ('{"kind": ["rang"]}', "no record with one of these kinds: rang, opened"),
        ('{"kind": "rang", "time": "2026-01-01T12:00:00Z"}', "rang: bell: "),
        ('{"kind": "rang", "bell": "left", "time": "noon"}', "rang: time: "),
        ('{"kind": "opened", "state": "ajar", "time": "2026-01-01T12:00:00Z"}', "opened: state: "),
    ],
)
def test_what_is_no_record_is_said(line: str, text: str) -> None:
    with pytest.raises(UnreadableRecordError, match=f"^{text}"):
        KINDS.read(line)


def test_a_line_that_is_no_record_is_quoted_in_part_and_can_do_no_harm() -> None:
    with pytest.raises(UnreadableRecordError) as error:
        KINDS.read("\x1b[2J" + "x" * 1000)
    assert str(error.value) == "not JSON: '\\x1b[2J" + "x" * 76 + "'"
    with pytest.raises(UnreadableRecordError, match=r"^not JSON: 'Traceback \ufffd'$"):
        KINDS.read(b"Traceback \xff")


def test_fields_of_a_later_version_are_passed_over() -> None:
    line = json.dumps(as_object(Rang("left").at(NOON)) | {"louder": True})
    assert KINDS.read(line) == Rang("left").at(NOON)


def test_a_type_as_a_reader_of_json_calls_it() -> None:
    assert type_text(tuple[float, ...]) == "list of number"
    assert type_text(tuple[float, int, str]) == "[number, number, text]"


def test_the_table_has_the_kinds_their_fields_and_types() -> None:
    assert KINDS.table().splitlines() == [
        "| Kind | When, and its fields |",
        "|---|---|",
        "| `rang` | Somebody rang; `bell` is which."
        "<br>`bell` text, `times` number or null, `by` list of text |",
        "| `opened` | The door opened, or not.<br>`reason` text, `check` text, `expected` text, "
        '`seen` text, `place` text, `state` "open" / "shut" |',
    ]
