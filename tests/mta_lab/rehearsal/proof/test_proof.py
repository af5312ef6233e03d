"""What a proof says, as JSON."""

from datetime import UTC, datetime

from pydantic import TypeAdapter

from mta_lab.rehearsal.proof.proof import Compared, Proof, ProvedFlow
from mta_lab.topology.disposition import Disposition


def test_a_proof_is_read_again_as_it_was_written() -> None:
    line = Compared("the mail", "collected", "refused", agrees=False, frame=18)
    flow = ProvedFlow(
        "A",
        None,
        "C=US",
        Disposition.COLLECTED,
        Disposition.REFUSED,
        (line,),
        "runs/x.pcapng",
        None,
        agrees=False,
    )
    at = datetime(2026, 1, 5, tzinfo=UTC)
    proof = Proof("x", "loopback", at, (flow,), agrees=False, delivered=False)
    form = TypeAdapter(Proof)
    assert form.validate_json(form.dump_json(proof)) == proof
