"""A prediction beside what was seen of it, without packets."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.reason import Reason
from mta_emu.mta.log.records import Association
from mta_emu.mts.oraddress import ORAddress
from mta_lab.rehearsal.mail import Message
from mta_lab.rehearsal.prediction import TRANSFER, Attempt, Leg, Prediction, Step
from mta_lab.rehearsal.proof.compare import compare
from mta_lab.rehearsal.proof.proof import Compared
from mta_lab.rehearsal.proof.script import Script
from mta_lab.topology.disposition import Disposition
from mta_lab.verdict.attempts import Attempt as SeenAttempt
from mta_lab.verdict.result import STEP_SUCCEEDS, Difference

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SOURCE = IPv4Address("203.0.113.10")
STEP = Step("B", "bind: address", "refused", Reason("address", "because"))
MESSAGE = Message(ORAddress(), ORAddress())
ANSWER = Association(1, "X", "remotely", "198.51.100.10:102", f"{SOURCE}:9", "refused").because(
    STEP.reason
)


def call(disposition: str, **fields: Any) -> Attempt:
    return replace(Attempt("A", "TO-B", Disposition(disposition), (STEP,), called="B"), **fields)


def script(
    *attempts: Attempt,
    disposition: str | None = None,
    events: Mapping[str, tuple[int, ...]] | None = None,
) -> Script:
    word = Disposition(disposition) if disposition else attempts[-1].disposition
    leg = Leg("A", "B", word, (STEP,), attempts)
    return Script(Prediction("A", "B", "C=US", (leg,), first_events=events or {}), MESSAGE, ())


def made(disposition: str, answer: Association | None = None) -> SeenAttempt:
    return SeenAttempt("A", "B", "TO-B", Disposition(disposition), NOON, None, answer)


def seen(*attempts: SeenAttempt, **fields: Any) -> Any:
    """What was seen: frames are counted from 1, and addresses are those of the file."""
    return SimpleNamespace(
        **{
            "observation": SimpleNamespace(differences=()),
            "placement": SimpleNamespace(in_file=lambda address: address),
            "first": [*attempts],
            "later": [],
            "unlogged": False,
            "firewall_of": str,
            "events": {},
            "reported_back": "",
            "becomes": attempts[-1].disposition if attempts else Disposition.NEVER_CALLED,
            "frame": lambda attempt: attempts.index(attempt) + 1,
        }
        | fields
    )


def judged(made_script: Script, found: Any) -> dict[str, bool | None]:
    return {each.what: each.agrees for each in compare(made_script, found)}


@pytest.mark.parametrize(
    ("predicted", "connected", "observed", "unlogged", "agrees"),
    [
        ("refused", True, "refused", False, True),
        ("refused", True, "cut off", False, False),
        ("refused", True, "delivered", False, False),
        ("blocked", False, "unreachable", False, True),  # the caller cannot tell who was silent
        ("blocked", True, "unreachable", False, False),
        ("blocked", False, "refused", False, False),
        ("blocked", True, "cut off", False, False),  # a firewall of ours would have logged it
        ("blocked", True, "cut off", True, True),
        ("unreachable", True, "cut off", True, True),
        ("refused", True, "cut off", True, False),
    ],
)
def test_calls_agree_as_far_as_they_can_be_seen(
    predicted: str, connected: bool, observed: str, unlogged: bool, agrees: bool
) -> None:
    found = judged(
        script(call(predicted, connected=connected)), seen(made(observed), unlogged=unlogged)
    )
    assert found == {"A calls over TO-B": agrees, "the mail": agrees}


@pytest.mark.parametrize(
    ("predicted", "answer", "agrees"),
    [(SOURCE, ANSWER, True), (IPv4Address("192.0.2.1"), ANSWER, False), (SOURCE, None, None)],
)
def test_the_source_is_compared_where_the_called_mta_has_logged_it(
    predicted: IPv4Address, answer: Association | None, agrees: bool | None
) -> None:
    unlogged = call("refused", source_seen=predicted)
    found = judged(script(unlogged), seen(made("refused", answer=answer)))
    assert found["source seen by B"] is agrees
    logged = replace(unlogged, recorded=True)
    assert judged(script(logged), seen(made("refused")))["source seen by B"] is False


@pytest.mark.parametrize("connector", ["TO-A", "OTHER"])
def test_the_connector_that_an_accepted_call_is_taken_for_is_compared(connector: str) -> None:
    accepted = call("delivered", called_connector="TO-A")
    answer = replace(ANSWER, state="open", connector=connector)
    found = judged(script(accepted), seen(made("delivered", answer=answer)))
    assert found["taken for, by B"] is (connector == "TO-A")


def test_another_mta_than_the_one_that_is_called_differs() -> None:
    found = judged(script(call("refused", called="C")), seen(made("refused", answer=ANSWER)))
    assert found["called MTA"] is False


def test_the_check_that_decided_is_compared() -> None:
    other = ANSWER.because(Reason("password", "x"))
    for answer, agrees in ((ANSWER, True), (other, False)):
        found = judged(script(call("refused")), seen(made("refused", answer=answer)))
        assert found["deciding check"] is agrees


def test_a_call_too_many_and_one_too_few_differ() -> None:
    twice = seen(made("refused"), replace(made("refused"), time=NOON.replace(hour=13)))
    assert [*compare(script(call("refused")), twice)][1] == Compared(
        "a call", "no call", "refused (A over TO-B)", agrees=False, frame=2
    )
    none = [*compare(script(call("refused")), seen())]
    assert none[0] == Compared("a call", "refused (A over TO-B)", "no call", agrees=False)
    assert none[-1].agrees is False


@pytest.mark.parametrize(
    ("logged", "agrees"), [((1290, 289), True), ((289, 1290), False), ((1290,), False)]
)
def test_events_are_compared_in_their_order(logged: tuple[int, ...], agrees: bool) -> None:
    whole = script(call("refused"), events={"A": (1290, 289)})
    assert judged(whole, seen(made("refused"), events={"A": logged}))["events of A"] is agrees


def test_what_is_logged_when_the_mail_has_been_fetched_is_not_expected_before() -> None:
    fetched = script(call("refused"), disposition="collected", events={"A": (1290, 289)})
    prediction = replace(fetched.prediction, events={"A": (1290, 289, 301), "B": (1293,)})
    relayed = replace(fetched, prediction=prediction)
    for logged, agrees in (((1290, 289), True), ((1290,), False), ((1290, 289, 301), False)):
        found = seen(made("refused"), events={"A": logged, "B": ()})
        assert judged(relayed, found)["events of A"] is agrees
        assert "events of B" not in judged(relayed, found)


def test_a_play_that_does_not_come_to_rest_differs() -> None:
    difference = SimpleNamespace(where="play.1", expected="rest", observed="not settled")
    found = seen(made("refused"), observation=SimpleNamespace(differences=(difference,)))
    first = next(compare(script(call("refused")), found))
    assert first == Compared("the play", "rest", "play.1: not settled", agrees=False)


@pytest.mark.parametrize(("said", "agrees"), [("delivered", True), ("", False)])
def test_what_a_report_says_is_compared(said: str, agrees: bool) -> None:
    made_script = script(call("delivered"))
    prediction = replace(made_script.prediction, reported_back="delivered")
    found = judged(
        replace(made_script, prediction=prediction), seen(made("delivered"), reported_back=said)
    )
    assert found["report"] is agrees


@pytest.mark.parametrize(("unlogged", "agrees"), [(True, None), (False, False)])
def test_how_a_caller_hears_that_a_proxy_of_others_ends_it_is_chance(
    unlogged: bool, agrees: bool | None
) -> None:
    predicted = script(call("blocked"), events={"A": (1294, 301)})
    observed = seen(made("blocked"), unlogged=unlogged, events={"A": (9224, 1294, 301)})
    (events,) = (each for each in compare(predicted, observed) if each.what == "events of A")
    assert events.agrees is agrees


@pytest.mark.parametrize(
    ("where", "expected", "disposition", "agree"),
    [
        ("play.2", STEP_SUCCEEDS, "stalled", {"events of A": None, "the mail": True}),
        ("play.2", STEP_SUCCEEDS, "never called", {"the play": False, "the mail": True}),
        ("play.2", "hosts that run", "stalled", {"the play": False, "the mail": True}),
        ("start", STEP_SUCCEEDS, "stalled", {"the play": False, "the mail": True}),
    ],
)
def test_only_a_transfer_that_stalls_may_outlast_a_play(
    where: str, expected: str, disposition: str, agree: dict[str, bool | None]
) -> None:
    difference = Difference(where=where, expected=expected, observed="not settled")
    observation = SimpleNamespace(differences=(difference,))
    steps = (STEP, Step("A", TRANSFER, "does not finish", STEP.reason))
    leg = Leg("A", "B", Disposition(disposition), steps)
    made_script = Script(
        Prediction("A", "B", "C=US", (leg,), first_events={"A": (1294,)}), MESSAGE, ()
    )
    found = seen(observation=observation, events={"A": ()}, becomes=Disposition(disposition))
    shown = judged(made_script, found)
    assert {what: shown.get(what) for what in agree} == agree
