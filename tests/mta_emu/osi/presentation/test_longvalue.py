"""A value that travels in parts."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.presentation import longvalue, ppdus
from mta_emu.osi.presentation.primitives import Pdv


@given(st.binary(max_size=2000), st.integers(1, 127), st.integers(1, 700))
def test_a_value_in_parts_has_the_octets_of_the_whole(
    contents: bytes, context: int, size: int
) -> None:
    value = b"\x04\x82" + len(contents).to_bytes(2, "big") + contents
    octets = longvalue.beginning(context, len(value)) + value
    assert octets == ppdus.encode_values((Pdv(context, value),))
    first = len(octets) - len(value)  # the first part has all up to the value
    cuts = [0, *range(first, len(octets), size), len(octets)]
    reader = longvalue.LongValueReader()
    found = [reader.feed(octets[at:end], last=end == cuts[-1]) for at, end in pairwise(cuts)]
    assert (b"".join(found), reader.context) == (value, context)


@given(st.binary(max_size=40))
def test_whatever_comes_raises_protocol_error_only(octets: bytes) -> None:
    for start in (b"", b"\x61\x80\x30\x80"):
        try:
            longvalue.LongValueReader().feed(start + octets, last=False)
        except ProtocolError:
            continue


def test_a_value_that_ends_early_is_refused() -> None:
    reader = longvalue.LongValueReader()
    reader.feed(longvalue.beginning(3, 10) + b"1234", last=False)
    with pytest.raises(ProtocolError, match="3 octets before"):
        reader.feed(b"567", last=True)
