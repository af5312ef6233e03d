"""Digests of right answers: they say right or wrong, and do not say what would be right.

They hide and do not protect: who tries all frame numbers finds the one. The function is slow on
purpose (RFC 7914), and each question has a salt of its own.
"""

import hashlib
import hmac
import secrets

_COST = 1 << 13
_BLOCK = 8
_SALT_OCTETS = 8


def new_salt() -> str:
    """A salt, in hex."""
    return secrets.token_hex(_SALT_OCTETS)


def digest(answer: str, salt: str) -> str:
    """The digest of an answer, in hex."""
    octets = hashlib.scrypt(
        answer.encode(), salt=bytes.fromhex(salt), n=_COST, r=_BLOCK, p=1, dklen=16
    )
    return octets.hex()


def is_one_of(answer: str, salt: str, digests: tuple[str, ...]) -> bool:
    """Whether an answer has one of the digests."""
    made = digest(answer, salt)
    return any(hmac.compare_digest(made, each) for each in digests)
