"""What a run showed, to be judged."""

from dataclasses import dataclass
from datetime import datetime

from labkit.records import Record
from mta_lab.capture import Capture
from mta_lab.verdict.flows import SentMail
from mta_lab.verdict.result import Difference


@dataclass(frozen=True)
class Observation:
    """What a run showed."""

    records: dict[str, list[Record]]
    sent_mail: list[SentMail]
    ended: datetime  # lab time of the play's end; what MTAs say later is their shutting down
    differences: list[Difference]
    capture: Capture
