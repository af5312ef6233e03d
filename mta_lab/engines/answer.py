"""What a client gets in answer to a SYN, as its own kernel shows it."""

from dataclasses import dataclass
from enum import StrEnum

from mta_lab.engines.decision import How, Icmp, NotModelled, Stopped


class Answer(StrEnum):
    """How a client's call goes."""

    CONNECTED = "connected"  # and the host that was meant has it
    CLOSED = "accepted, then closed"
    REFUSED = "accepted, then refused by a DR"
    HUNG = "accepted, then silence"
    RESET = "reset"
    ICMP = "icmp"
    SILENCE = "silence"
    NO_ROUTE = "no route"  # nothing was sent
    NOT_MODELLED = "not modelled"


@dataclass(frozen=True)
class Answered:
    """An answer; `icmp` is given with Answer.ICMP."""

    answer: Answer
    icmp: Icmp | None = None

    def __str__(self) -> str:
        return f"{self.answer} {self.icmp}" if self.icmp else self.answer


_UNANSWERED = {
    How.SILENCE: Answer.SILENCE,
    How.RESET: Answer.RESET,
    How.CLOSED_PORT: Answer.RESET,
    How.CLOSED: Answer.CLOSED,
    How.REFUSED: Answer.REFUSED,
    How.WAITING: Answer.HUNG,
    How.ACCEPTED_RESET: Answer.CLOSED,
}
#: What a client gets through proxies that have accepted it; all else ends its connection.
_BEHIND_PROXIES = {
    How.SILENCE: Answer.HUNG,
    How.WAITING: Answer.HUNG,
    How.REFUSED: Answer.REFUSED,
}


def answered(stopped: Stopped | NotModelled, *, accepted: bool) -> Answered:
    """The answer where a SYN is stopped; `accepted`: by a proxy's, which has taken the client."""
    if isinstance(stopped, NotModelled):
        return Answered(Answer.NOT_MODELLED)
    if accepted:
        return Answered(_BEHIND_PROXIES.get(stopped.how, Answer.CLOSED))
    if stopped.how is How.ICMP:
        return Answered(Answer.ICMP, stopped.icmp)
    return Answered(_UNANSWERED[stopped.how])
