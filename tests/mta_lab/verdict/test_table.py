"""Results as people see them, in the file's addresses and in 80 columns."""

from ipaddress import IPv4Address
from typing import Any

import pytest

from mta_lab.topology.disposition import Disposition
from mta_lab.verdict.result import CaptureResult, Difference, Flow, MtaResult, Result
from mta_lab.verdict.table import display_progress, display_results, display_summary

NOBODY = MtaResult(
    address=IPv4Address("127.0.113.10"), events=(), associations=(), protocol_errors=()
)
CAPTURE = CaptureResult(
    file="runs/x.pcapng",
    method="kernel",
    packets=7,
    dropped=0,
    port=10102,
    decode_as="tcp.port==10102,tpkt",
)
FLOW = Flow(
    sender="EXTERNAL",
    receiver="INTERNAL",
    disposition=Disposition.COLLECTED,
    source_seen=IPv4Address("127.0.113.10"),
    associations=0,
    sent=5,
    delivered_directly=1,
    collected=3,
    queued_at_end=2,
)


def result(**fields: Any) -> Result:
    return Result.model_construct(
        **{
            "topology": "x",
            "verdict": "pass",
            "differences": (),
            "addresses": {IPv4Address("203.0.113.10"): IPv4Address("127.0.113.10")},
            "flows": (FLOW,),
            "mtas": {"EXTERNAL": NOBODY, "INTERNAL": NOBODY},
            "capture": CAPTURE,
        }
        | fields
    )


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_a_flow_is_a_row_with_the_files_address(capsys: pytest.CaptureFixture[str]) -> None:
    display_results([result()])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ok", "x"]
    row = next(line.split() for line in lines if line.startswith("EXTERNAL -> INTERNAL"))
    assert row == ["EXTERNAL", "->", "INTERNAL", "collected", "203.0.113.10", "5", "1", "3", "2"]
    assert max(map(len, lines)) <= 80


def test_where_no_mail_went_no_word_says_what_became_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    flow = FLOW.model_copy(update={"disposition": None, "source_seen": None})
    display_results([result(flows=(flow,))])
    assert "EXTERNAL -> INTERNAL - - 5 1 3 2" in " ".join(capsys.readouterr().out.split())


def test_differences_follow_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    difference = Difference(where="events of A", expected=[1290], observed=[])
    display_results([result(verdict="fail", differences=(difference,))])
    shown = capsys.readouterr().out
    assert shown.startswith("FAIL x")
    assert "x: events of A: expected 1290, observed none" in shown.splitlines()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "7 packets; open them:"),
        ({"dropped": 2}, "7 packets, 2 packets lost; open them:"),
        ({"method": "sockets"}, "7 packets, built from the sockets, not captured; open them:"),
    ],
)
def test_it_says_where_the_capture_lies_and_how_to_read_it(
    capsys: pytest.CaptureFixture[str], fields: dict[str, Any], said: str
) -> None:
    display_results([result(capture=CAPTURE.model_copy(update=fields))])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        said,
        "  wireshark -d tcp.port==10102,tpkt runs/x.pcapng",
    ]


def test_on_port_102_wireshark_needs_no_rule(capsys: pytest.CaptureFixture[str]) -> None:
    capture = CAPTURE.model_copy(update={"decode_as": None})
    display_results([result(capture=capture), result(topology="y", capture=capture)])
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == "  wireshark runs/y.pcapng"
    assert shown.count("becomes") == 1  # one heading for all


def test_several_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    display_progress(result(verdict="fail"), 1.25)
    assert capsys.readouterr().err.split() == ["FAIL", "1.2", "s", "x"]
    verdicts = ("pass", "pass", "fail", "played")
    display_summary([result(verdict=each) for each in verdicts], 12.4)
    assert capsys.readouterr().out == "2 passed, 1 played, 1 failed, 12 s\n"
    display_summary([result()], 0)
    assert capsys.readouterr().out == "1 passed, 0 failed, 0 s\n"
