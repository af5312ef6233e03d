"""Control blocks, and how strictly a header is read."""

from dataclasses import replace
from datetime import UTC, datetime

from mta_lab.rehearsal.suggest.edits.limits import (
    control_blocks,
    reserved_octet,
    reverse_path,
)
from mta_lab.rehearsal.suggest.stop import stops
from mta_lab.rehearsal.suggest.waiting import Wanted
from tests.mta_lab.rehearsal.changed import lab
from tests.mta_lab.rehearsal.suggest.stopped import INWARD, SOUTHWARD, mends, stop, texts


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


def test_a_strict_reverse_path_filter_becomes_a_loose_one() -> None:
    stopped = stop("trap-reverse-path", INWARD)
    assert mends(reverse_path, stopped) == ["SITE filters by the reverse path loosely"]


def test_a_reverse_path_filter_that_is_loose_stays_so() -> None:
    loose = replace(stop("trap-reverse-path", INWARD), topology=lab("trap-reverse-path-loose"))
    assert texts(reverse_path, loose) == []
