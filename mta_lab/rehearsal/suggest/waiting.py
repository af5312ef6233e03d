"""Which mail is to be mended: what is not delivered, or only when the other side calls."""

from dataclasses import dataclass
from datetime import datetime

from mta_lab.rehearsal.play import play
from mta_lab.rehearsal.report import Flow, flow_of, flows_of
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology

Ends = tuple[str, str | None]


@dataclass(frozen=True)
class Wanted:
    """The mail that is to be mended: all, or that of one flow.

    `delivered` is for who asks for just this flow: it is not enough that it is collected.
    """

    ends: Ends | None = None
    delivered: bool = False

    def waiting(self, topology: Topology, now: datetime) -> list[Flow]:
        """The flows that wait for something to be mended, as they are predicted at lab time `now`.

        The first message of each flow must be delivered with empty queues, and each message of the
        play must move. The faults with which the play begins are there. Mail for nobody's mailbox
        is left out: no edit delivers it.
        """
        waiting = [flow for flow in flows_of(topology, now) if not self._good(flow)]
        played = [flow_of(each) for each in play(topology, now).predictions]
        waiting += [flow for flow in played if not flow.disposition.moves]
        by_ends: dict[Ends, Flow] = {}
        for flow in waiting:
            if flow.receiver is not None and self.ends in (None, ends_of(flow)):
                by_ends.setdefault(ends_of(flow), flow)
        return list(by_ends.values())

    def _good(self, flow: Flow) -> bool:
        """Whether nothing fails on the way.

        Mail that is collected because its sender leaves all calls to the other side is as it was
        configured (Q190022).
        """
        attempts = [each for leg in flow.legs for each in leg.attempts]
        failed = [
            each for one in attempts for each in (one, *one.alternatives) if not each.accepted
        ]
        if flow.disposition is Disposition.DELIVERED:
            return not failed
        collected = flow.disposition is Disposition.COLLECTED
        return collected and not failed and not self.delivered


def ends_of(flow: Flow) -> Ends:
    """Whose mail it is, and whom it is for."""
    return flow.sender, flow.receiver
