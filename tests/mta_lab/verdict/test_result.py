"""A result as `mta-lab run --json` prints it is read again, and nothing else is."""

from ipaddress import IPv4Address
from typing import Any

import pytest
from pydantic import ValidationError

from mta_lab.verdict.result import CaptureResult, Flow, Result

FLOW: dict[str, Any] = {
    "from": "A",
    "to": "B",
    "disposition": None,
    "source_seen": "127.0.113.10",
    "associations": 0,
    "sent": 1,
    "delivered_directly": 0,
    "collected": 0,
    "queued_at_end": 1,
}
CAPTURE = CaptureResult(file="x", method="kernel", packets=0, dropped=0, port=102, decode_as=None)
RESULT = Result(
    topology="x",
    title="X",
    backend="netns",
    verdict="played",
    differences=(),
    addresses={IPv4Address("203.0.113.10"): IPv4Address("127.0.113.10")},
    flows=(Flow.model_validate(FLOW),),
    mtas={},
    firewalls={},
    capture=CAPTURE,
)


def test_a_flow_is_named_from_and_to_in_json() -> None:
    flow = Flow.model_validate(FLOW)
    assert (flow.sender, flow.receiver) == ("A", "B")
    assert flow.model_dump(mode="json", by_alias=True) == FLOW


def test_what_was_delivered_came_by_anybodys_call() -> None:
    flow = Flow.model_validate({**FLOW, "delivered_directly": 2, "collected": 3})
    assert flow.delivered == 5


def test_json_is_read_again() -> None:
    assert Result.model_validate_json(RESULT.model_dump_json(by_alias=True)) == RESULT


@pytest.mark.parametrize(
    ("field", "value"),
    [("verdict", "good"), ("capture", {"method": "kernel"}), ("flows", [{**FLOW, "sent": "x"}])],
)
def test_what_is_no_result_is_refused(field: str, value: object) -> None:
    document = RESULT.model_dump(mode="json", by_alias=True) | {field: value}
    with pytest.raises(ValidationError, match=field):
        Result.model_validate(document)
