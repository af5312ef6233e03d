"""What a test shows, in the same words predicted and seen."""

from datetime import UTC, datetime
from ipaddress import IPv4Address
from types import SimpleNamespace
from typing import Any

from mta_lab.sheet.logbook.outcome import Call, Outcome, observed, predicted
from mta_lab.sheet.logbook.trials import Subject
from mta_lab.topology.disposition import Disposition
from mta_lab.verdict.attempts import Attempt
from tests.mta_lab.rehearsal.changed import lab
from tests.mta_lab.sheet.logbook.books import SEED, trial

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
REFUSED = Call("EXTERNAL", "INTERNAL", "refused", "203.0.113.10")
COLLECTED = Call("INTERNAL", "EXTERNAL", "accepted", "203.0.113.1")
EVENTS = {"EXTERNAL": (1290, 289, 1294, 301), "INTERNAL": (1293,)}


def test_the_seed_is_predicted_call_by_call() -> None:
    script = trial(lab(SEED), Subject.MESSAGE, "EXTERNAL", "INTERNAL").script
    assert script
    assert predicted(script) == Outcome((REFUSED, COLLECTED), EVENTS, "", "collected")


def test_a_bind_is_the_first_call_and_what_its_ends_log() -> None:
    whole = Outcome((REFUSED, COLLECTED), {**EVENTS, "RELAY": (290,)}, "delivered", "collected")
    assert whole.of_bind() == Outcome((REFUSED,), EVENTS, "", "")
    assert Outcome((), EVENTS, "", "never called").of_bind() == Outcome((), {}, "", "")


def test_what_was_seen_has_the_addresses_of_the_file_and_the_frames() -> None:
    script = trial(lab(SEED), Subject.MESSAGE, "EXTERNAL", "INTERNAL").script
    assert script
    answer: Any = SimpleNamespace(peer="127.0.113.10:9")
    call = Attempt("EXTERNAL", "INTERNAL", "FIREWALL", Disposition.REFUSED, NOON, answer, answer)
    seen: Any = SimpleNamespace(
        first=[call],
        later=[],
        events={"EXTERNAL": (1290,), "INTERNAL": ()},
        reported_back="",
        becomes=None,
        frame=lambda attempt: 18,
        placement=SimpleNamespace(
            in_file={IPv4Address("127.0.113.10"): IPv4Address("203.0.113.10")}.get
        ),
    )
    frame = Call("EXTERNAL", "INTERNAL", "refused", "203.0.113.10", 18)
    assert observed(script, seen) == Outcome((frame,), {"EXTERNAL": (1290,)}, "", "not taken")
