"""What becomes of copies for mailboxes here that have registered something."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Start = Callable[..., Awaitable[Any]]
JONES, SMITH, OTHER = (
    f"C=US;A= ;P=Contoso;O={organization};S={name}"
    for organization, name in (("A", "Jones"), ("B", "Smith"), ("B", "Other"))
)


@pytest.mark.element("redirection of incoming messages")
async def test_a_recipient_may_redirect_what_comes(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    """Smith is away, and Other has it; the report names both."""
    b_document["server"]["mailboxes"] = [
        {"organization": "B", "surname": "Smith", "redirect_to": OTHER},
        {"organization": "B", "surname": "Other"},
    ]
    a, b = await start(a_document), await start(b_document)
    (sent,) = await a.send(SMITH, report="delivery")
    assert (await b.said("delivered", mts_identifier=sent))["recipient"] == OTHER
    redirected = await b.said("redirected", mts_identifier=sent)
    assert redirected["reason"] == "recipient-assigned-alternate-recipient"
    report = await a.said("report", mts_identifier=sent)
    assert (report["recipient"], report["outcome"][:9]) == (SMITH, "delivered")
    assert OTHER in report["text"]


async def test_a_mailbox_that_does_not_take_it_reports_it(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    b_document["server"]["mailboxes"] = [{"organization": "B", "content_types": ["P2"]}]
    a, _ = await start(a_document), await start(b_document)
    for probe in (False, True):
        (sent,) = await a.send(SMITH, probe=probe)
        told = await a.said("report", mts_identifier=sent)
        assert told["outcome"] == ("not delivered: unable-to-transfer, content-type-not-supported")
