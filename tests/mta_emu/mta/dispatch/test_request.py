"""Requests to send something, as users make them."""

from typing import Any

import pytest
from pydantic import ValidationError

from mta_emu.mta.dispatch import request
from mta_emu.mta.dispatch.request import SubmissionRequest

JONES = "C=US;A= ;P=Contoso;O=A;S=Jones"
LEAST = {"from": JONES, "to": [JONES]}


def test_the_least_that_one_may_ask() -> None:
    read = request.read({"command": "submit", **LEAST})
    assert (read.sender, read.to, read.priority, read.count) == (JONES, [JONES], "normal", 1)
    assert read.files == []


def test_what_is_null_is_not_given() -> None:
    assert request.read(LEAST | {"report": None, "alternate": None}).report is None


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"from": None}, "from: "),
        ({"to": []}, "to: "),
        ({"to": [JONES] * 5001}, "to: "),
        ({"subject": "a\nb"}, r"subject: '\\n' is no character of a line"),
        ({"subject": "x" * 129}, "subject: "),
        ({"text": "\xe9" * 1_000_001}, "text: 1000001 characters, not all of them ASCII"),
        ({"priority": "Urgend"}, "priority: must be one of urgent, .*; did you mean urgent?"),
        ({"importance": "7"}, "importance: must be one of low, normal, high"),
        ({"sensitivity": "secret"}, "sensitivity: must be one of personal, private, company"),
        ({"count": 0}, "count: must be 1 to 100000"),
        ({"count": 10**9}, "count: must be 1 to 100000"),
        ({"defer": 0}, "defer: must be 1 second or more"),
        ({"deliver_within": 10**18}, "deliver_within: must be 1 second or more, and at most"),
        ({"defer": 60, "deliver_within": 60}, "deliver_within 60: must be more than defer, 60"),
        ({"defer": 60, "probe": True}, "defer: must be of a message"),
        ({"bcc": [JONES], "probe": True}, "bcc: a probe has no blind copies"),
        ({"reply_by": "tomorrow"}, "reply_by: "),
        ({"reply_by": "2026-01-01T00:00:00"}, "reply_by: "),
        ({"languages": ["English"]}, "languages.0: "),
        ({"subjekt": "x"}, "subjekt: there is no such field; did you mean subject?"),
        ({"files": [{"name": "a", "length": -1}]}, "files.a.length: must be at least 0"),
        ({"files": [{"name": "a", "length": 1}], "count": 2}, "files travel in one message"),
        ({"files": [{"name": "a", "length": 1}] * 101}, "files: "),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        request.read(LEAST | wrong)


def test_files_come_over_the_control_socket_only() -> None:
    with pytest.raises(ValidationError, match="files"):
        SubmissionRequest.model_validate(LEAST | {"files": [{"name": "a", "length": 1}]})
