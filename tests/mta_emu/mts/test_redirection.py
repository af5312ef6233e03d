"""Redirection history and alternate recipients on the wire."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import extension
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.redirection import (
    Redirection,
    RedirectionReason,
    first_intended,
    history,
    redirect,
    requested_alternate,
    requesting_alternate,
)
from mta_emu.mts.subject import Recipient
from mta_emu.osi.errors import ProtocolError

NOON = datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC)
SMITH, JONES = ORAddress(country="US", surname="Smith"), ORAddress(country="US", surname="Jones")
MD = RedirectionReason.RECIPIENT_MD_ASSIGNED_ALTERNATE_RECIPIENT

#: ORName [APPLICATION 0]: country [APPLICATION 1] US, personal name [5] with the surname [0].
NAME = "60 11 30 0f 61 04 13 02 5553 a5 07 80 05 536d697468"
#: Redirection: the intended recipient and UTCTime 260101120001Z, ENUMERATED 2.
REDIRECTION = f"30 27 30 22 {NAME} 17 0d 3236303130313132303030315a 0a 01 02"


def test_golden_octets() -> None:
    once = redirect(Recipient(SMITH), JONES, MD, NOON)
    assert once.address == JONES
    (found,) = once.extensions
    # { standard-extension [0] 25, value [2] SEQUENCE OF Redirection }
    assert extension.encode(found) == bytes.fromhex(f"30 30 80 01 19 a2 2b 30 29 {REDIRECTION}")
    (wish,) = requesting_alternate(Recipient(JONES), SMITH).extensions
    assert extension.encode(wish) == bytes.fromhex(f"30 18 80 01 02 a2 13 {NAME}")


def test_a_history_that_came_stays_as_it_is() -> None:
    """With a BER form that nobody here writes, and a reason to come."""
    first = bytes.fromhex(f"30 80 30 80 {NAME} 17 0b 323530313031313230305a 0000 0a 01 09 0000")
    came = Extension(StandardExtension.REDIRECTION_HISTORY, b"\x30\x80" + first + b"\x00\x00")
    twice = redirect(Recipient(SMITH, extensions=(came,)), JONES, MD, NOON)
    assert [each.reason for each in history(twice.extensions)] == [9, 2]
    (found,) = twice.extensions
    assert found.value == bytes.fromhex("30 54") + first + bytes.fromhex(REDIRECTION)


@given(st.lists(st.tuples(st.from_type(ORAddress), st.sampled_from(RedirectionReason)), max_size=4))
def test_a_history_tells_every_redirection_in_its_order(
    steps: list[tuple[ORAddress, RedirectionReason]],
) -> None:
    recipient, expected = Recipient(SMITH), []
    for address, reason in steps:
        expected.append(Redirection(recipient.address, NOON, reason))
        recipient = redirect(recipient, address, reason, NOON)
    assert history(recipient.extensions) == tuple(expected)


def test_alternates() -> None:
    assert requested_alternate(Recipient(SMITH)) is None
    assert requested_alternate(requesting_alternate(Recipient(SMITH), JONES)) == JONES


@pytest.mark.parametrize(
    "kind", ["ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT", "REDIRECTION_HISTORY"]
)
def test_what_is_no_name_and_no_history_is_refused(kind: str) -> None:
    recipient = Recipient(
        SMITH, extensions=(Extension(StandardExtension[kind], b"\x30\x02\x05\x00"),)
    )
    with pytest.raises(ProtocolError):
        requested_alternate(recipient) or history(recipient.extensions)
    assert first_intended(recipient) is None


def test_for_whom_it_was_meant_at_first() -> None:
    assert first_intended(Recipient(SMITH)) is None
    once = redirect(Recipient(SMITH), JONES, 0, NOON)
    assert first_intended(redirect(once, SMITH, 0, NOON)) == SMITH
