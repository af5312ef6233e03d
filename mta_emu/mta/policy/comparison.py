"""What was seen beside what is configured: the material that reasons are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.reason import Place, Reason

_SHOWN = 3  # comparisons in one reason; a stranger's bind may fit none of a hundred connectors


@dataclass(frozen=True)
class Comparison:
    """One check of one connector, as a sentence: "`subject` is (not) `configured`".

    `expected` and `seen` are the two values alone; they stay empty where one is a secret.
    """

    check: str
    fits: bool
    subject: str
    configured: str
    expected: str = ""
    seen: str = ""
    place: Place | None = None
    verb: str = "is"


def reason_of(comparisons: Sequence[Comparison]) -> Reason:
    """Why none of the comparisons fits, or why the only one does.

    All are of one check and one subject. The place is that of the first one.
    """
    first = comparisons[0]
    shown = [each.configured for each in comparisons[:_SHOWN]]
    if more := len(comparisons) - len(shown):
        shown.append(f"that of {more} more")
    verb = first.verb if first.fits else f"{first.verb} not"
    return Reason(
        first.check,
        f"{first.subject} {verb} {', nor '.join(shown)}",
        ", ".join(filter(None, (each.expected for each in comparisons[:_SHOWN]))),
        first.seen,
        first.place,
    )
