"""What a proof says: what was predicted of the mail, and what packets and logs showed of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from mta_lab.topology.disposition import Disposition


@dataclass(frozen=True)
class Compared:
    """A thing that was predicted, and what was seen of it.

    `agrees` is null where nothing is predicted, or nobody can see it. `frame` is the number of the
    packet in the capture that decided the call that it is about; null where there is none.
    """

    what: str
    predicted: str
    observed: str
    agrees: bool | None
    frame: int | None = None


@dataclass(frozen=True)
class ProvedFlow:
    """The mail from one MTA to another: what was predicted and what was seen.

    `predicted` and `observed` are what becomes of it in the play that proves it, where the other
    side also sends mail. `receiver` is null when no MTA has a mailbox for the recipient. `capture`
    is the file that the frame numbers are in, `decode_as` the rule that Wireshark needs for it.
    """

    sender: str
    receiver: str | None
    recipient: str
    predicted: Disposition
    observed: Disposition | None
    lines: tuple[Compared, ...]
    capture: str
    decode_as: str | None
    agrees: bool  # nothing that was predicted was seen to be otherwise


@dataclass(frozen=True)
class Proof:
    """The predictions for a topology at a lab time, each played on packets of its own."""

    topology: str
    backend: str
    at: datetime
    flows: tuple[ProvedFlow, ...]
    agrees: bool  # all flows do
    delivered: bool  # all mail was seen to be delivered

    def differing(self) -> "Proof":
        """The proof with those flows only that differ."""
        return replace(self, flows=tuple(flow for flow in self.flows if not flow.agrees))
