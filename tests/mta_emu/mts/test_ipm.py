"""Interpersonal messages."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import ipm
from mta_emu.mts.ipm import InterpersonalMessage
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.errors import ProtocolError

JONES = ORAddress(country="US", surname="Jones")
IA5 = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80)


def test_golden_octets() -> None:
    message = InterpersonalMessage("1", ORAddress(country="US"), (), "Hi", "Yo")
    # A SET is sent in the order of the tags, universal first.
    # ORName of C=US: [APPLICATION 0] { { [APPLICATION 1] { "US" } } }
    name = "6008 3006 6104 1302 5553"
    heading = f"6b0d 130131 {name} a00a {name} a200 a804 1402 4869"
    body = "a006 3100 1602 596f"
    assert ipm.encode(message) == bytes.fromhex(f"a02f 3123 {heading} 3008 {body}")


@given(st.text(st.characters(max_codepoint=255, min_codepoint=32), max_size=60), IA5)
def test_messages_survive_the_wire(subject: str, text: str) -> None:
    message = InterpersonalMessage("A-1", JONES, (JONES, JONES), subject, text + "\nend")
    assert ipm.decode(ipm.encode(message)) == message


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 128"):
        ipm.encode(InterpersonalMessage("1", JONES, (), "x" * 129, ""))
    with pytest.raises(ValueError, match="'é' is not in IA5"):
        ipm.encode(InterpersonalMessage("1", JONES, (), "", "café"))


def test_other_body_parts_are_named() -> None:
    # body: { bilaterally-defined [14] "x" }
    octets = bytes.fromhex("a00c 3105 6b03 130131 3003 8e0178")
    assert ipm.decode(octets).text == "(a body part that is not IA5 text)"


def test_a_notification_is_not_a_message() -> None:
    with pytest.raises(ProtocolError):
        ipm.decode(bytes.fromhex("a100"))


@given(st.binary(max_size=80))
def test_whatever_comes_is_a_message_or_a_protocol_error(octets: bytes) -> None:
    with suppress(ProtocolError):
        ipm.decode(octets)
