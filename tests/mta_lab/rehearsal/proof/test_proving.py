"""Candidates are proved under names of their own, or it is said why not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mta_lab.backends.registry import BackendName
from mta_lab.rehearsal.proof.proving import Proved, Proving
from tests.mta_lab.rehearsal.changed import NOW, lab


def test_a_candidate_is_played_and_compared(tmp_path: Path, lab_name: Callable[[str], str]) -> None:
    name = lab_name("candidate")
    proving = Proving(BackendName.LOOPBACK, tmp_path, NOW)
    proved = proving.prove(lab("q166308-wrong-password"), name)
    assert str(proved) == "played on loopback: as predicted; not all mail is delivered"
    assert not proved.differs
    assert proved.proof is not None
    assert {Path(flow.capture).parent for flow in proved.proof.flows} == {tmp_path / name}

    flows = (replace(proved.proof.flows[0], agrees=False), *proved.proof.flows[1:])
    wrong = Proved(replace(proved.proof, flows=flows, agrees=False, delivered=True))
    assert wrong.differs
    assert str(wrong) == (
        "played on loopback: differs from the prediction: NORTH -> SOUTH; all mail is delivered"
    )


def test_what_the_backend_cannot_show_is_not_played(tmp_path: Path) -> None:
    proving = Proving(BackendName.LOOPBACK, tmp_path, NOW)
    proved = proving.prove(lab("q196381-nftables"), "never")
    assert proved.proof is None
    assert str(proved).startswith("not played: ")
    assert not proved.differs
    assert not (tmp_path / "never").exists()
