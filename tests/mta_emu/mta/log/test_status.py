"""How an MTA stands, as its fields and as JSON."""

import json

import pytest

from mta_emu.mta.log.status import ConnectorStatus, DeferredStatus, MtaStatus, TransferStatus

SENDING = TransferStatus(3, "out", "[/PRMD=Contoso/C=US;A-1]", 4096, 9000)
RECEIVING = TransferStatus(4, "in", None, 17, None)
STATUS = MtaStatus(
    settled=False,
    work=7,
    connectors=(
        ConnectorStatus("TO-B", "To B", 2, "open", associations=2, transfers=(SENDING, RECEIVING)),
        ConnectorStatus("TO-C", "To C", 3, "waiting", "2026-01-01T12:10:00+00:00", "it rests"),
    ),
    deferred=DeferredStatus(1, "2026-01-01T12:02:00+00:00"),
)


def test_what_was_written_as_json_is_read() -> None:
    assert MtaStatus.of(json.loads(json.dumps(STATUS.as_object()))) == STATUS


def test_json_has_what_readers_of_it_know() -> None:
    connector = STATUS.as_object()["connectors"][1]
    assert connector == {
        "name": "TO-C",
        "display_name": "To C",
        "queued": 3,
        "state": "waiting",
        "next_try": "2026-01-01T12:10:00+00:00",
        "reason": "it rests",
        "associations": 0,
        "transfers": (),
    }


def test_all_queues_are_counted() -> None:
    assert STATUS.queued == 5


@pytest.mark.parametrize("field", ["settled", "work", "connectors", "deferred"])
def test_an_answer_without_a_field_is_none(field: str) -> None:
    values = STATUS.as_object()
    del values[field]
    with pytest.raises(ValueError, match=field):
        MtaStatus.of(values)


def test_a_newer_mta_may_say_more() -> None:
    assert MtaStatus.of({"ok": True, "more": 1} | STATUS.as_object()) == STATUS
