"""Every failure has causes, and every cause says where to look."""

import re
from string import Formatter

import pytest

from mta_emu.decode import causes
from mta_emu.decode.causes import Failure

FAILURES = {name: each for name, each in vars(causes).items() if isinstance(each, Failure)}


@pytest.mark.parametrize("name", FAILURES)
def test_causes_can_be_told_apart(name: str) -> None:
    failure = FAILURES[name]
    assert failure.text
    assert failure.causes
    for cause in failure.causes:
        assert cause.text
        assert cause.look
        assert re.fullmatch(r"(Q\d{6})?", cause.article)
    assert len({cause.text for cause in failure.causes}) == len(failure.causes)


@pytest.mark.parametrize("name", FAILURES)
def test_only_what_the_packets_say_is_filled_in(name: str) -> None:
    failure = FAILURES[name]
    texts = [failure.text, *(text for cause in failure.causes for text in cause[:2])]
    fields = {field for text in texts for _, field, _, _ in Formatter().parse(text) if field}
    assert fields <= {"calling", "called", "name", "mode"}
