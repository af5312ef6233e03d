"""Answers of every kind, as people write them."""

from pathlib import Path
from typing import Any

import pytest

from mta_lab.exercises.kinds import HOW, Asked, Kind, NotAnAnswer, canonical, lettered

CHOICES = ("a wrong name", "a wrong address", "a firewall")
ASKED = Asked(CHOICES, Path("none.pcapng"))


@pytest.mark.parametrize(
    ("kind", "answer", "expected"),
    [
        (Kind.FRAME, 17, "17"),
        (Kind.FRAME, " Frame 17", "17"),
        (Kind.FRAME, "#17", "17"),
        (Kind.ADDRESS, "192.0.2.1", "192.0.2.1"),
        (Kind.ADDRESS, "192.0.2.1:102", "192.0.2.1:102"),
        (Kind.ADDRESS, "2001:DB8::0:1", "2001:db8::1"),
        (Kind.NAME, "  Ajax ", "ajax"),
        (Kind.VALUE, "0x20", "32"),
        (Kind.VALUE, 32, "32"),
        (Kind.VALUE, "032", "32"),
        (Kind.LAYER, "Session", "session"),
        (Kind.LAYER, "G", "mts"),
        (Kind.EVENT, "1293 at AJAX", "1293 at ajax"),
        (Kind.EVENT, "AJAX: 1293", "1293 at ajax"),
        (Kind.CAUSE, "B", "a wrong address"),
        (Kind.CAUSE, "a firewall", "a firewall"),
        (Kind.ORDER, "c, a, b", "a firewall\na wrong name\na wrong address"),
        (Kind.ORDER, ["c", "a", "b"], "a firewall\na wrong name\na wrong address"),
        (Kind.FILTER, (9, 3), "3 9"),
        (Kind.REPAIR, "Done", "done"),
    ],
)
def test_answers_have_one_form(kind: Kind, answer: object, expected: str) -> None:
    assert canonical(kind, answer, ASKED) == expected


@pytest.mark.parametrize(
    ("kind", "answer", "said"),
    [
        (Kind.FRAME, "the first", "write the number of a frame"),
        (Kind.ADDRESS, "AJAX", "write an address"),
        (Kind.VALUE, "many", "write a number"),
        (Kind.LAYER, "sesion", "did you mean session?"),
        (Kind.EVENT, "1293", "write an event and the MTA"),
        (Kind.EVENT, "AJAX", "write an event and the MTA"),
        (Kind.CAUSE, "z", "there are: a, b, c"),
        (Kind.ORDER, "a b", "name each of the 3"),
        (Kind.ORDER, "a a b", "name each of the 3"),
        (Kind.ORDER, {"a": 1}, "'1' is no choice"),
        (Kind.FILTER, "frame.number == 3", "not which frames"),
        (Kind.REPAIR, "not yet", "write done, when"),
    ],
)
def test_what_is_no_answer_is_answered_with_what_would_be(
    kind: Kind, answer: Any, said: str
) -> None:
    with pytest.raises(NotAnAnswer, match=said):
        canonical(kind, answer, ASKED)


def test_every_kind_says_how_to_write_it() -> None:
    assert HOW.keys() == {*Kind}


def test_choices_have_letters() -> None:
    assert lettered(CHOICES)[1] == ("b", "a wrong address")


@pytest.mark.parametrize("kind", Kind)
def test_half_a_surrogate_pair_is_no_answer(kind: Kind) -> None:
    with pytest.raises(NotAnAnswer):
        canonical(kind, "\udcff", ASKED)


def test_a_filter_may_have_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(
        "mta_lab.exercises.kinds.selected", lambda _, text: tried.append(text) or (3,)
    )
    for text in ('"tcp.port == 1"', "'tcp.port == 1'", "tcp.port == 1"):
        assert canonical(Kind.FILTER, text, ASKED) == "3"
    assert tried == ["tcp.port == 1"] * 3
    canonical(Kind.FILTER, '"a" == "b"', ASKED)  # these are quotes of the filter itself
    assert tried[-1] == '"a" == "b"'
