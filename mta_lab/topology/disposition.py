"""What becomes of mail, or of one call that is to move it: the words, which all commands share.

docs/rehearsal.md has their exact conditions.
"""

from collections.abc import Iterable
from enum import StrEnum


class Disposition(StrEnum):
    """What becomes of mail, or of one attempt to move it."""

    DELIVERED = "delivered"
    COLLECTED = "collected"
    REFUSED = "refused"
    REJECTED = "rejected"
    CUT_OFF = "cut off"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    STALLED = "stalled"
    WAITING = "waiting"
    NEVER_CALLED = "never called"
    NO_CONNECTOR = "no connector"
    REPORTED = "reported"
    LOOPING = "looping"
    NOT_MODELLED = "not modelled"

    @property
    def moves(self) -> bool:
        """Whether mail leaves."""
        return self in (Disposition.DELIVERED, Disposition.COLLECTED)


def of_all(dispositions: Iterable[Disposition]) -> Disposition | None:
    """One word for several legs or messages; None where there is none.

    That of the first which mail does not leave by; collected, if any is; else delivered.
    """
    several = list(dispositions)
    if stuck := next((each for each in several if not each.moves), None):
        return stuck
    if Disposition.COLLECTED in several:
        return Disposition.COLLECTED
    return Disposition.DELIVERED if several else None
