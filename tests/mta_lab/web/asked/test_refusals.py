"""What cannot be done is said to the page in words."""

import pytest
from fastapi import HTTPException

from labkit.config import ConfigurationError
from mta_emu.mta.controlclient import ControlError
from mta_lab.play.process import NotInTimeError
from mta_lab.web.asked.refusals import in_words_to_the_page


@pytest.mark.parametrize("kind", [ConfigurationError, ControlError, NotInTimeError, ValueError])
def test_what_can_go_wrong_becomes_an_answer(kind: type[Exception]) -> None:
    with pytest.raises(HTTPException) as raised, in_words_to_the_page():
        raise kind("no MTA answers")
    assert (raised.value.status_code, raised.value.detail) == (422, "no MTA answers")


def test_an_error_of_the_system_names_its_file() -> None:
    with pytest.raises(HTTPException, match="/nowhere: No such file"), in_words_to_the_page():
        open("/nowhere")  # noqa: SIM115


def test_a_mistake_of_ours_stays_one() -> None:
    with pytest.raises(KeyError), in_words_to_the_page():
        raise KeyError
