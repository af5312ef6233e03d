"""Topologies and predicted logbooks for the tests of logbooks."""

from mta_lab.rehearsal.predict import NO_FAULTS
from mta_lab.sheet.logbook.logbook import Logbook, Row, predicted_logbook
from mta_lab.sheet.logbook.trials import Subject, Trial, trials
from mta_lab.topology.files import Topology
from tests.mta_lab.rehearsal.changed import NOW

RIGHT, SEED, THREE = "q166308-all-right", "q196381", "amhsland"


def trial(topology: Topology, subject: Subject, sender: str, receiver: str | None = None) -> Trial:
    """The first test of a subject and of who sends to whom."""
    found = (each for each in trials(topology, NOW, NO_FAULTS) if subject in each.subjects)
    return next(each for each in found if (each.sender, each.receiver) == (sender, receiver))


def book(topology: Topology) -> Logbook:
    """The logbook in which nothing is proved."""
    return predicted_logbook(topology, NOW, NOW)


def row(found: Logbook, subject: str, sender: str, receiver: str | None = None) -> Row:
    """The first row of a subject and of who sends to whom."""
    ends = sender, receiver
    rows = (each for each in found.rows if (each.sender, each.receiver) == ends)
    return next(each for each in rows if each.subject == subject)
