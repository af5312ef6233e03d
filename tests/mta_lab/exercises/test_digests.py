"""Digests of right answers."""

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from mta_lab.exercises.digests import digest, is_one_of, new_salt

SALT = "00" * 8


def test_a_digest_is_that_of_scrypt() -> None:
    expected = hashlib.scrypt(b"17", salt=bytes(8), n=8192, r=8, p=1, dklen=16).hex()
    assert digest("17", SALT) == expected


@settings(max_examples=5)
@given(st.text(), st.text())
def test_only_the_answer_has_it(one: str, other: str) -> None:
    assert is_one_of(one, SALT, (digest("x", SALT), digest(one, SALT)))
    assert is_one_of(other, SALT, (digest(one, SALT),)) == (one == other)


def test_salts_differ() -> None:
    assert new_salt() != new_salt()
    assert digest("17", new_salt()) != digest("17", new_salt())
