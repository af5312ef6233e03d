"""From records to figures, and from figures to a verdict."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from labkit.records import Record
from mta_emu.mta.log.records import Association, EventLogged, Listening, ProtocolError, Submitted
from mta_lab.backends.loopback import Loopback
from mta_lab.capture import Capture
from mta_lab.lab.placement import Placement
from mta_lab.topology.play import Expectation
from mta_lab.topology.reading import load_topology
from mta_lab.verdict.flows import SentMail
from mta_lab.verdict.judge import Observation, compare_events, compare_flows, judge
from mta_lab.verdict.result import Difference

PLACEMENT = Loopback().place(
    load_topology(Path(__file__).parents[3] / "labs" / "q196381.yaml"), 10102
)
END = datetime(2026, 1, 5, 12, tzinfo=UTC)
CAPTURE = Capture(Path("x.pcapng"), "sockets", 3, 0, 10102)
REFUSED = Association(
    association=1,
    connector="FIREWALL",
    initiated="remotely",
    local="127.0.100.10:10102",
    peer="127.0.113.10:40000",
    state="refused",
)


def expecting(**expected: Any) -> Placement:
    expect = Expectation.model_validate(expected)
    topology = PLACEMENT.topology.model_copy(update={"expect": expect})
    return PLACEMENT.model_copy(update={"topology": topology})


def event(number: int) -> EventLogged:
    return EventLogged(number, "Warning", "MSExchangeMTA", "X.400 Service", "text")


def observed(*internal: tuple[float, Record], **fields: Any) -> Observation:
    """What INTERNAL said so many seconds after the end of the play."""
    said = [record.at(END + timedelta(seconds=seconds)) for seconds, record in internal]
    return Observation(
        **{
            "records": {"EXTERNAL": [Listening("127.0.113.10:10102")], "INTERNAL": said},
            "sent_mail": [],
            "ended": END,
            "differences": [],
            "capture": CAPTURE,
        }
        | fields
    )


def quiet(observation: Observation) -> Observation:
    first = observation.records["EXTERNAL"][0].at(END - timedelta(hours=1))
    return replace(observation, records={**observation.records, "EXTERNAL": [first]})


def test_what_is_said_after_the_end_is_no_part_of_the_result() -> None:
    error = ProtocolError("127.0.113.9:1", "session", "nonsense")
    observation = quiet(
        observed((-2, event(1293)), (0, error), (0.1, event(9298)), (0.1, REFUSED), (-1, REFUSED))
    )
    internal = judge(PLACEMENT, observation).mtas["INTERNAL"]
    assert [each.id for each in internal.events] == [1293]
    assert [each.reason for each in internal.protocol_errors] == ["nonsense"]
    assert len(internal.associations) == 1
    assert internal.address == IPv4Address("127.0.100.10")


def test_the_verdict_needs_an_expectation_and_no_difference() -> None:
    observation = quiet(observed((-1, event(1293))))
    assert judge(expecting(), observation).verdict == "played"
    assert judge(expecting(events={"INTERNAL": [1293]}), observation).verdict == "pass"
    failed = judge(expecting(events={"INTERNAL": []}), observation)
    assert (failed.verdict, failed.differences) == (
        "fail",
        (Difference(where="events of INTERNAL", expected=(), observed=(1293,)),),
    )
    of_the_play = Difference(where="play.1", expected="rest", observed="none")
    stopped = judge(expecting(), replace(observation, differences=[of_the_play]))
    assert (stopped.verdict, stopped.differences) == ("fail", (of_the_play,))


def test_only_what_is_expected_of_a_flow_is_compared() -> None:
    placement = expecting(flows=[{"from": "EXTERNAL", "to": "INTERNAL", "sent": 2}])
    result = judge(placement, quiet(observed((-1, REFUSED))))
    assert [(each.where, each.expected, each.observed) for each in result.differences] == [
        ("EXTERNAL -> INTERNAL: sent", 2, 0)
    ]


def test_addresses_are_compared_as_the_file_has_them() -> None:
    flows = judge(PLACEMENT, quiet(observed((-1, REFUSED)))).flows
    assert str(flows[0].source_seen) == "127.0.113.10"

    def differences(address: str) -> list[tuple[str, str]]:
        flow = {"from": "EXTERNAL", "to": "INTERNAL", "source_seen": address}
        expectation = Expectation.model_validate({"flows": [flow]})
        found = compare_flows(expectation, [*flows], PLACEMENT.in_file)
        return [(str(each.expected), str(each.observed)) for each in found]

    assert differences("203.0.113.10") == []
    assert differences("203.0.113.9") == [("203.0.113.9", "203.0.113.10")]


def test_the_order_of_events_matters() -> None:
    expectation = Expectation(events={"A": (2, 1)})
    (difference,) = compare_events(expectation, {"A": (1, 2)})
    assert (difference.expected, difference.observed) == ((2, 1), (1, 2))
    assert [*compare_events(Expectation(events={"A": (1, 2)}), {"A": (1, 2)})] == []


def test_an_mts_identifier_that_two_mtas_gave_is_a_difference() -> None:
    """Both have one MTA name: whose mail is delivered nobody knows."""
    identifier = "[/c=US/;MTA-980302090000Z-1]"
    sent = [
        SentMail("EXTERNAL", "INTERNAL", (identifier,)),
        SentMail("INTERNAL", "EXTERNAL", (identifier,)),
    ]
    observation = quiet(observed((-2, Submitted(identifier)), sent_mail=sent))
    listening, own = observation.records["EXTERNAL"][0], Submitted(identifier)
    records = observation.records | {"EXTERNAL": [listening, own.at(END - timedelta(seconds=2))]}
    (difference,) = judge(expecting(), replace(observation, records=records)).differences
    assert difference.where == f"MTS identifier {identifier}"
    assert difference.observed == "EXTERNAL and INTERNAL, which have one MTA name"
