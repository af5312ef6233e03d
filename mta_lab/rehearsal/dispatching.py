"""What an MTA makes of what comes: decided by its own distributor, with nothing kept on a disk."""

from dataclasses import replace
from datetime import datetime

from labkit.reason import Reason
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.dispatch.choosing import (
    Chooser,
    Instruction,
    RecipientInstruction,
    RoutingContext,
)
from mta_emu.mta.policy.alternates import Alternate
from mta_emu.mta.policy.received import in_words
from mta_emu.mta.policy.reports import LOOP, NO_ROUTE, ThisMta
from mta_emu.mta.policy.routing import Criterion, Decision, RoutingQuestion
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mts.apdu import Head, encode_head
from mta_emu.mts.pieces import Read
from mta_emu.mts.report import NotDelivered
from mta_emu.mts.subject import Recipient
from mta_lab.rehearsal.trail import LegDraft
from mta_lab.topology.disposition import Disposition


class Kept:
    """Contents of messages and heads, by number, where the store would have them.

    A head is not written as it would travel, which takes longer than all decisions about it.
    """

    def __init__(self) -> None:
        self._contents: dict[int, bytes] = {}
        self._heads: list[Head] = []

    def keep_head(self, head: Head) -> bytes:
        """Keep a head; what stands for its octets."""
        self._heads.append(head)
        return b"%d" % len(self._heads)

    def head(self, kept: bytes) -> Head:
        """The head that was kept so."""
        return self._heads[int(kept) - 1]

    def octets(self, entry: QueueEntry) -> int:
        """How long the APDU of a queue entry is as it travels."""
        written = encode_head(self.head(entry.envelope))
        return replace(entry, envelope=written).octets

    def keep(self, content: bytes) -> int:
        """Keep a content; the number of its message."""
        number = len(self._contents) + 1
        self._contents[number] = content
        return number

    def reader(self, message: int, length: int) -> Read:
        """A function that reads a content from any offset; one that nobody gave is empty."""
        content = self._contents.get(message, b"")[:length]
        return lambda offset, size: content[offset : offset + size]

    def short(self, message: int | None, length: int) -> bytes | None:
        """A whole content; None when nobody gave it."""
        content = self._contents.get(message or 0)
        return content and content[:length]


class Explaining(Chooser):
    """A chooser that takes down how it came to its choices."""

    def __init__(
        self,
        config: MtaConfig,
        now: datetime,
        waiting: frozenset[str],
        contents: Kept,
        this_mta: ThisMta,
    ) -> None:
        super().__init__(config, now, waiting, contents, this_mta)
        self._kept = contents
        self._decisions: list[Decision] = []
        self._end: tuple[NotDelivered, Decision | None] | None = None

    def written(self, head: Head) -> bytes:
        """What stands for the octets of a head."""
        return self._kept.keep_head(head)

    def read(self, envelope: bytes) -> Head:
        """The head that is kept so."""
        return self._kept.head(envelope)

    def decision(self, question: RoutingQuestion) -> Decision:
        """The choice among the connectors, with how it came to that."""
        decided = super().decision(question)
        self._decisions.append(decided)
        return decided

    def redirect(
        self, context: RoutingContext, recipient: Recipient, instruction: Instruction | Alternate
    ) -> RecipientInstruction:
        """What becomes of the copy for a recipient in the end."""
        before = len(self._decisions)
        found = super().redirect(context, recipient, instruction)
        if isinstance(found.instruction, NotDelivered) and not self._end:
            routed = self._decisions[max(0, before - 1) :]
            self._end = found.instruction, routed[-1] if routed else None
        return found

    def explain(self, draft: LegDraft, connector: str) -> None:
        """Add to a leg how the connector whose queue it waits in was chosen."""
        for decided in self._decisions:
            if decided.chosen and decided.chosen.queue == connector:
                draft.step("route", decided.chosen.name, decided.reason)
                return

    @property
    def ended(self) -> bool:
        """Whether the copy for somebody ends here with a report."""
        return self._end is not None

    def explain_end(self, draft: LegDraft) -> None:
        """Say of a leg why it ends with a report."""
        assert self._end  # noqa: S101, it has `ended`
        why, routed = self._end
        if routed:
            chosen = routed.chosen.name if routed.chosen else "no connector"
            draft.step("route", chosen, routed.reason)
        if not routed or routed.chosen:
            draft.step("may it go on", "no", Reason("report", in_words(why)))
        draft.ended = Disposition.REPORTED
        if why == LOOP:
            draft.ended = Disposition.LOOPING
        elif routed and why == NO_ROUTE[Criterion.ADDRESS_SPACE]:
            draft.ended = Disposition.NO_CONNECTOR
