"""What the state table calls the events of the user."""

from mta_emu.osi.session import primitives
from mta_emu.osi.session.events import EVENTS
from mta_emu.osi.session.primitives import (
    PassedThrough,
    SessionPrimitive,
    SPAbort,
    SPExceptionReport,
)


def test_every_request_and_response_has_a_name_of_its_own() -> None:
    """What the provider alone issues is no event of the user."""
    all_of_them = {
        each
        for each in vars(primitives).values()
        if isinstance(each, type) and issubclass(each, SessionPrimitive)
    }
    assert EVENTS.keys() == all_of_them - {
        SessionPrimitive,
        PassedThrough,
        SPAbort,
        SPExceptionReport,
    }
    assert len(set(EVENTS.values())) == len(EVENTS)


def test_names_are_of_requests_or_responses() -> None:
    assert all(name.rstrip("+-").endswith(("req", "rsp")) for name in EVENTS.values())
