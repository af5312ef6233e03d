"""Proves one topology after another: candidates, each under a name of its own."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labkit.config import ConfigurationError
from mta_lab.backends.registry import BackendName, backend
from mta_lab.rehearsal.cells import direction
from mta_lab.rehearsal.predict import NO_FAULTS
from mta_lab.rehearsal.proof.proof import Proof
from mta_lab.rehearsal.proof.prove import prove
from mta_lab.topology.faults import Faults
from mta_lab.topology.files import Topology


@dataclass(frozen=True)
class Proved:
    """The proof of a candidate; it is null where the backend cannot show it, and `refused` why."""

    proof: Proof | None
    refused: str = ""

    @property
    def differs(self) -> bool:
        """Whether packets have shown something else than was predicted."""
        return self.proof is not None and not self.proof.agrees

    def __str__(self) -> str:
        """What came of it, in a line."""
        if self.proof is None:
            return f"not played: {self.refused}"
        differ = [
            direction(each.sender, each.receiver) for each in self.proof.flows if not each.agrees
        ]
        agrees = f"differs from the prediction: {', '.join(differ)}" if differ else "as predicted"
        all_ = "all mail is delivered" if self.proof.delivered else "not all mail is delivered"
        return f"played on {self.proof.backend}: {agrees}; {all_}"


@dataclass(frozen=True)
class Proving:
    """Where topologies are proved, at which lab time and with which faults.

    `captures` is the directory for captures.
    """

    where: BackendName
    captures: Path
    now: datetime
    port: int | None = None
    timeout: float = 60.0
    faults: Faults = NO_FAULTS

    def prove(self, topology: Topology, name: str) -> Proved:
        """Prove a topology as the lab `name`; raises as a run does when it cannot be played."""
        place = backend(self.where)
        try:
            place.place(topology, self.port)
        except ConfigurationError as error:
            return Proved(None, str(error))
        proof = prove(
            topology,
            place,
            self.captures / name,
            self.now,
            port=self.port,
            name=name,
            timeout=self.timeout,
            faults=self.faults,
        )
        return Proved(proof)
