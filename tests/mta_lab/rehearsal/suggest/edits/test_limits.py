"""Control blocks, and how strictly a header is read."""

from datetime import UTC, datetime

from mta_lab.rehearsal.suggest.edits.limits import control_blocks, reserved_octet
from mta_lab.rehearsal.suggest.stop import stops
from mta_lab.rehearsal.suggest.waiting import Wanted
from tests.mta_lab.rehearsal.changed import lab
from tests.mta_lab.rehearsal.suggest.stopped import SOUTHWARD, mends, stop, texts


def test_an_mta_gets_one_more_control_block() -> None:
    topology = lab("q166602-control-blocks")
    (flow,) = Wanted().waiting(topology, datetime(1998, 3, 2, 9, tzinfo=UTC))
    (found,) = stops(topology, flow)
    assert texts(control_blocks, found) == ["3 TCP/IP control blocks of SOUTH"]


def test_the_octet_is_sent_as_0_or_ignored() -> None:
    assert mends(reserved_octet, stop("q157015-strict-host", SOUTHWARD)) == [
        "NORTH sends the reserved octet of TPKT headers as 0",
        "SOUTH ignores the reserved octet of TPKT headers",
    ]
