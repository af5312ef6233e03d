"""What there is to say about an association: each kind of breach once, with a count."""

import re

from mta_emu.decode.steps import Complaint, Finding, Note, Severity, Side

_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+")


class Findings:
    """Collects findings and notes while an association is read.

    `complete` is false when the capture lacks something, so that silence proves nothing.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.notes: list[Note] = []
        self.complete = True
        self._known: dict[tuple[Side, str, str], Finding] = {}
        self._gaps: dict[str, _Gaps] = {}

    @property
    def broken(self) -> int:
        """How often the protocol was broken."""
        return sum(each.count for each in self.findings if each.severity is Severity.BROKEN)

    @property
    def deviations(self) -> int:
        """How often somebody deviated from it without harm."""
        return sum(each.count for each in self.findings if each.severity is Severity.DEVIATION)

    def complain(self, frame: int, time: int, sender: Side, complaint: Complaint) -> None:
        """`sender` goes against a standard; texts that differ in their numbers are of one kind."""
        kind = sender, complaint.layer, _NUMBERS.sub("#", complaint.text)
        if kind in self._known:
            self._known[kind].count += 1
            return
        finding = Finding(frame, time, sender, complaint.layer, complaint.text, complaint.severity)
        self._known[kind] = finding
        self.findings.append(finding)

    def note(self, frame: int, time: int, text: str) -> None:
        """Something that one should know, and that is nobody's fault."""
        self.notes.append(Note(frame, time, text))

    def lacks(self, frame: int, time: int, text: str) -> None:
        """The capture lacks something of the association."""
        self.complete = False
        self.note(frame, time, text)

    def gap(self, frame: int, time: int, end: str, octets: int) -> None:
        """The capture lacks `octets` that `end` sent: one note for each end, with the sum."""
        self.complete = False
        gaps = self._gaps.get(end)
        if gaps is None:
            self.note(frame, time, "")
            gaps = self._gaps[end] = _Gaps(self.notes[-1], end)
        gaps.add(octets)


class _Gaps:
    """The gaps in what one end sent, and the note about them."""

    def __init__(self, note: Note, end: str) -> None:
        self._note, self._end = note, end
        self._first = self._octets = self._count = 0

    def add(self, octets: int) -> None:
        self._first = self._first or octets
        self._octets += octets
        self._count += 1
        self._note.text = f"{self._first} octets from {self._end} are not in the capture"
        if self._count > 1:
            self._note.text += f"; with what is missing later, {self._octets} in {self._count} gaps"
