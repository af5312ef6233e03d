"""What a connector says of itself and of its associations."""

from collections.abc import Callable

import pytest

from labkit.clock import LabClock
from labkit.reason import Place, Reason
from labkit.records import Record
from mta_emu.endpoint import Ends
from mta_emu.mta.association.journal import ConnectorJournal
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import Association, ConnectorState
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mts.fields import Priority

ENDS = Ends("127.0.113.88:102", "127.0.100.88:40000")
Said = list[Record]


@pytest.fixture
def said() -> Said:
    return []


@pytest.fixture
def journal(said: Said) -> ConnectorJournal:
    journal = Journal(LabClock())
    journal.listen(said.append)
    return ConnectorJournal(journal, "TO-B")


def test_how_it_stands_is_said_when_it_changes(journal: ConnectorJournal, said: Said) -> None:
    for line in ((1, "opening", 0), (1, "opening", 0), (1, "open", 1), (1, "opening", 0)):
        journal.line(*line)
    assert [
        (each.queued, each.state, each.associations)
        for each in said
        if isinstance(each, ConnectorState)
    ] == [(1, "opening", 0), (1, "open", 1), (1, "opening", 0)]


@pytest.mark.parametrize(
    ("locally", "ends", "initiated"),
    [(True, (None, "127.0.100.88:102"), "locally"), (False, ENDS, "remotely")],
)
def test_an_association_has_its_ends_and_the_parts_of_its_reason(
    journal: ConnectorJournal,
    said: Said,
    locally: bool,
    ends: Ends | tuple[None, str],
    initiated: str,
) -> None:
    place = Place("connectors.TO-B.stack.address", "a.yaml", 7)
    reason = Reason("address", "it is another", "a", "b", place)
    journal.association(3, "refused", ends, reason, locally=locally)
    (record,) = said
    assert isinstance(record, Association)
    assert (record.association, record.connector, record.state) == (3, "TO-B", "refused")
    assert (record.local, record.peer, record.initiated) == (*ends, initiated)
    assert (record.reason, record.expected, record.seen) == ("it is another", "a", "b")
    assert record.place == str(place)


ENTRY = QueueEntry(1, 1, "[C=US;1]", Priority.NORMAL, b"envelope", 7, 7, None)
Tell = Callable[[ConnectorJournal], None]


@pytest.mark.parametrize(
    ("tell", "line"),
    [
        (
            lambda journal: journal.sent(ENTRY, 3),
            {"direction": "out", "octets": ENTRY.octets, "mts_identifier": "[C=US;1]"},
        ),
        (lambda journal: journal.turn(3, "asked"), {"what": "asked"}),
        (lambda journal: journal.resumed(3, 99), {"octets": 99}),
        (
            lambda journal: journal.recovery(3, ENDS, "lost", "reset"),
            {"state": "lost", "reason": "reset", "local": ENDS.local, "peer": ENDS.peer},
        ),
    ],
    ids=["sent", "turn", "resumed", "recovery"],
)
def test_each_record_names_the_connector_and_the_association(
    journal: ConnectorJournal, said: Said, tell: Tell, line: dict[str, object]
) -> None:
    tell(journal)
    (record,) = said
    assert vars(record).items() >= {"connector": "TO-B", "association": 3, **line}.items()


def test_a_breach_of_a_protocol_names_the_peer(journal: ConnectorJournal, said: Said) -> None:
    journal.protocol_error("127.0.100.88:40000", "session", "no such SPDU")
    assert [str(each) for each in said] == [
        "protocol error by 127.0.100.88:40000 in session: no such SPDU"
    ]
