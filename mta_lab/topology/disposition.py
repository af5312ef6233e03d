"""What becomes of mail, or of one call that is to move it: the words, which all commands share.

docs/glossary.md is made of them.
"""

from collections.abc import Iterable
from enum import StrEnum


class Disposition(StrEnum):
    """What becomes of mail, or of one attempt to move it."""

    DELIVERED = "delivered"
    """The sender's own call is accepted, and mail leaves by it."""
    COLLECTED = "collected"
    """The sender's call is not accepted or not made, but the receiver's is, in two-way alternate:
    mail leaves when the other side calls (the seed)."""
    REFUSED = "refused"
    """The called MTA refuses the bind; the check that refused it is named."""
    REJECTED = "rejected"
    """The caller refuses the credentials in the answer (Q159182)."""
    CUT_OFF = "cut off"
    """The called MTA ends the connection before the bind: unknown address, no control block, a
    called T-selector that nobody has, a TPKT header that it does not take. Or the caller does not
    take the TPKT header of the answer."""
    BLOCKED = "blocked"
    """A firewall does not let it pass; the rule is named."""
    UNREACHABLE = "unreachable"
    """Nobody listens there, or no route leads there or back."""
    STALLED = "stalled"
    """The association opens, and the transfer cannot finish (a black hole for large packets)."""
    WAITING = "waiting"
    """The schedule opens later; the time is named."""
    NEVER_CALLED = "never called"
    """No side calls."""
    NO_CONNECTOR = "no connector"
    """No connector takes the recipient. The MTA at which it is submitted does not take it; another
    sends a non-delivery report."""
    REPORTED = "reported"
    """An MTA on the way ends it with a report: no mailbox, size, restriction, criticality, or it
    has expired."""
    LOOPING = "looping"
    """The trace stops it, because it was here before."""
    NOT_MODELLED = "not modelled"
    """Something decides here that no model reads; the directive is named. Never a guess."""

    @property
    def moves(self) -> bool:
        """Whether mail leaves."""
        return self in (Disposition.DELIVERED, Disposition.COLLECTED)


#: How the outcome of a report begins; the time of delivery is behind the first.
DELIVERED, NOT_DELIVERED = "delivered", "not delivered"


def reported(outcome: str) -> str:
    """What a record of a report says became of its subject, without the time."""
    return DELIVERED if outcome.startswith(DELIVERED) else outcome


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
