"""Mutations keep what octets are made of, but for what they change."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz import caller, conversations
from fuzz.chunks import chunks
from fuzz.mutation import mutate_conversation, mutate_tsdu, mutate_value, opened, places
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session import spdu

SEEDS = range(200)


def readable(octets: bytes) -> bool:
    try:
        return bool(ber.elements(octets))
    except ProtocolError:
        return False


def test_what_is_opened_is_written_as_it_was() -> None:
    for octets in (conversations.short_apdu(), conversations.probe(), conversations.report()):
        assert b"".join(each.encode() for each in opened(octets)) == octets


def test_a_content_and_what_extensions_hold_are_opened() -> None:
    inside = {value[at].octets for value, at in places(opened(conversations.short_apdu()))}
    assert b"Files" in inside  # the subject, in the content's octets
    assert b"Contoso" in inside


def test_most_mutated_values_can_still_be_read() -> None:
    apdu = conversations.short_apdu()
    changed = [mutate_value(apdu, Random(seed)) for seed in SEEDS]
    assert sum(each != apdu for each in changed) > 0.9 * len(SEEDS)
    assert sum(map(readable, changed)) > 0.9 * len(SEEDS)


def test_most_mutated_tsdus_are_still_spdus() -> None:
    data = max((tsdu for _, tsdu in chunks(caller.seeds()[0])), key=len)
    changed = [mutate_tsdu(data, Random(seed)) for seed in SEEDS]
    assert sum(each != data for each in changed) > 0.9 * len(SEEDS)
    assert all(spdu.decode_tsdu(each) for each in changed)


@given(st.binary(max_size=60), st.integers(0, 999))
def test_whatever_it_is_it_can_be_mutated(octets: bytes, seed: int) -> None:
    for mutate in (mutate_value, mutate_tsdu, mutate_conversation):
        assert isinstance(mutate(octets, Random(seed)), bytes)


@pytest.mark.parametrize("seed", range(20))
def test_the_same_dice_make_the_same_mutation(seed: int) -> None:
    said = caller.seeds()[0]
    once, again = (mutate_conversation(said, Random(seed)) for _ in range(2))
    assert once == again
