"""Many random topologies, each predicted and played on loopback; a difference is made small.

A trial is a plain value and `try_one` a plain function of it, so that any process can do it. All
topologies follow from the seed. Where one differs, the same are drawn again, and those that agreed
are not played again; then Hypothesis looks for a smaller one that differs, too.
"""

import traceback
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky

from labkit.config import as_yaml
from mta_lab.backends.loopback import Loopback
from mta_lab.rehearsal.proof.proof import Proof
from mta_lab.rehearsal.proof.prove import prove
from mta_lab.rehearsal.randomlabs.topologies import starts, topologies
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import load_topology

_PATIENCE = 60.0  # seconds until a play is stuck


@dataclass(frozen=True)
class Trial:
    """A topology, as a file has it, to predict and play; no other lab is called `lab` meanwhile."""

    text: str
    lab: str


@dataclass(frozen=True)
class Tried:
    """What came of a trial: a proof, or where predicting or playing broke down."""

    proof: Proof | None
    broke: str = ""

    @property
    def agrees(self) -> bool:
        """Whether packets showed what was predicted."""
        return self.proof is not None and self.proof.agrees


def draw(count: int, number: int) -> list[str]:
    """The first topologies of a seed, as files have them."""
    found: list[str] = []
    _each(count, number, [Phase.generate], lambda topology: found.append(as_yaml(topology)))
    return found


def try_one(trial: Trial) -> Tried:
    """Predict a topology, play it on loopback, and compare."""
    with TemporaryDirectory() as directory:
        file = Path(directory, f"{trial.lab}.yaml")
        file.write_text(trial.text, "utf-8")
        try:
            topology = load_topology(file)
            began = starts(topology)
            return Tried(
                prove(
                    topology,
                    Loopback(),
                    Path(directory),
                    began,
                    name=trial.lab,
                    timeout=_PATIENCE,
                )
            )
        except Exception:
            return Tried(None, traceback.format_exc())


def smallest(
    count: int, number: int, agree: Collection[str], differs: Callable[[str], bool]
) -> str | None:
    """The smallest topology that differs, when one of the first `count` of a seed does.

    Those in `agree` are known not to. None when the difference does not come again.
    """
    known = dict.fromkeys(agree, False)
    found: list[str] = []

    def check(topology: Topology) -> None:
        text = as_yaml(topology)
        if text not in known:
            known[text] = differs(text)
        if known[text]:
            found.append(text)
            raise _DifferenceError

    with suppress(_DifferenceError, Flaky):
        _each(count, number, [Phase.generate, Phase.shrink], check)
    return found[-1] if found else None


def _each(count: int, number: int, phases: list[Phase], check: Callable[[Topology], None]) -> None:
    """Check the topologies of a seed, the first of them; all if it raises nothing."""

    @seed(number)
    @settings(
        max_examples=count,
        phases=phases,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=[*HealthCheck],
    )
    @given(topologies())
    def each(topology: Topology) -> None:
        check(topology)

    each()


class _DifferenceError(Exception):
    """A topology differs."""
