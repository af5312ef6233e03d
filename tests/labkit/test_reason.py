"""A reason reads as a sentence, and says where what it speaks of is configured."""

from labkit.reason import Place, Reason


def test_a_place_is_file_line_and_path() -> None:
    assert str(Place("stack.address", "lab.yaml", 7)) == "lab.yaml:7 stack.address"


def test_a_place_without_a_line_has_the_file_and_without_a_file_the_path() -> None:
    assert str(Place("stack.address", "lab.yaml")) == "lab.yaml stack.address"
    assert str(Place("stack.address")) == "stack.address"


def test_what_was_set_live_says_when() -> None:
    place = Place("stack.address", since="2026-01-05T09:00:00+00:00")
    assert str(place) == "stack.address set at 2026-01-05T09:00:00+00:00"


def test_a_reason_is_its_sentence_and_its_place() -> None:
    reason = Reason("address", "the address is another one", place=Place("a", "f.yaml", 3))
    assert str(reason) == "the address is another one (f.yaml:3 a)"
    assert str(Reason("address", "the address is another one")) == "the address is another one"
