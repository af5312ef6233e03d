"""Selectors."""

from mta_emu.osi.selectors import Selectors


def test_none_is_given_unless_it_is_said() -> None:
    assert Selectors() == Selectors(presentation=b"", session=b"", transport=b"")
