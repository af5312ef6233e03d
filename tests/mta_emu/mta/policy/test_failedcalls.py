"""The events of calls that come to nothing are all that the event log knows."""

from mta_emu.mta.log.events import DEFINITIONS
from mta_emu.mta.policy import failedcalls


def test_every_event_has_a_definition() -> None:
    sequences = [each for each in vars(failedcalls).values() if isinstance(each, tuple)]
    assert sequences
    assert {number for each in sequences for number in each} <= DEFINITIONS.keys()
    assert failedcalls.RETRY_TIMER in DEFINITIONS


def test_a_connection_that_fails_is_logged_before_what_follows_from_it() -> None:
    """Q157630: 9215, 1294, 4284, 289."""
    assert failedcalls.NOT_CONNECTED == (9215, 1294, 4284, 289)
