"""Proofs as people see them, in 80 columns."""

from datetime import UTC, datetime

import pytest

from labkit.console import display
from mta_lab.rehearsal.proof.proof import Compared, Proof, ProvedFlow
from mta_lab.rehearsal.proof.sighting import NOT_THERE, Sighting
from mta_lab.rehearsal.proof.table import (
    markdown,
    remarks,
    sighting_markdown,
    sighting_remarks,
    tables,
)
from mta_lab.topology.disposition import Disposition

LINES = (
    Compared("EXTERNAL calls over FIREWALL", "accepted", "refused", agrees=False, frame=18),
    Compared("source seen by INTERNAL", "198.51.100.1", "none", agrees=None),
    Compared("events of EXTERNAL", "none", "1290 289 1294 301", agrees=False, frame=18),
    Compared("rule at FW", "labs/site.nft:9 ip x", "labs/site.nft:8 ip y", agrees=False, frame=18),
    Compared("deciding check", "address", "address", agrees=True, frame=18),
)


def proof(*lines: Compared, decode_as: str | None = "tcp.port==10102,tpkt") -> Proof:
    agrees = all(each.agrees is not False for each in lines)
    flow = ProvedFlow(
        "EXTERNAL",
        "INTERNAL",
        "C=US",
        Disposition.DELIVERED,
        Disposition.REFUSED,
        lines,
        "runs/x/E-I.pcapng",
        decode_as,
        agrees,
    )
    return Proof("x", "loopback", datetime(2026, 1, 5, tzinfo=UTC), (flow,), agrees, False)


def test_what_differs_is_seen_beside_what_was_predicted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    display(*tables(proof(*LINES)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "EXTERNAL -> INTERNAL: predicted delivered, DIFFERS"
    assert max(map(len, lines)) <= 80
    rows = [line.split() for line in lines[3:]]
    assert ["EXTERNAL", "calls", "over", "accepted", "refused", "NO", "18"] in rows
    assert ["source", "seen", "by", "INTERNAL", "198.51.100.1", "none", "-", "-"] in rows
    assert ["rule", "at", "FW", "site.nft:9", "site.nft:8", "NO", "18"] in rows
    assert ["deciding", "check", "address", "address", "yes", "18"] in rows


def test_a_difference_leads_to_its_packet() -> None:
    assert [*remarks(proof(*LINES))] == [
        "EXTERNAL -> INTERNAL differs, at frame 18:",
        "  wireshark -d tcp.port==10102,tpkt runs/x/E-I.pcapng",
        "0 of 1 flows agree with the prediction; "
        "1 lines are not judged: not modelled, or nobody can see it",
    ]
    assert [*remarks(proof(LINES[-1], decode_as=None))] == [
        "1 of 1 flows agree with the prediction"
    ]


def test_markdown_is_one_table() -> None:
    assert [*markdown(proof(LINES[0]))] == [
        "| from | to | what | predicted | observed | agree | frame |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| EXTERNAL | INTERNAL | EXTERNAL calls over FIREWALL | accepted | refused | NO | 18 |",
    ]


def sighting(*lines: Compared) -> Sighting:
    agrees = all(each.agrees is not False for each in lines)
    return Sighting("x", "site.pcapng", datetime(2026, 1, 5, tzinfo=UTC), lines, agrees)


def test_a_sighting_says_what_it_comes_to() -> None:
    missing = Compared("B calls over X", "accepted", NOT_THERE, agrees=None)
    assert [*sighting_remarks(sighting(LINES[0], LINES[-1], missing))] == [
        "1 of 2 things that the capture shows are as predicted",
        "1 of the predicted calls are not in the capture",
        "  wireshark site.pcapng",
    ]
    assert [*sighting_remarks(sighting(LINES[-1]))] == [
        "1 of 1 things that the capture shows are as predicted"
    ]
    assert [*sighting_markdown(sighting(LINES[-1]))][-1] == (
        "| deciding check | address | address | yes | 18 |"
    )
