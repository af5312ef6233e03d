"""Proves the predictions for a topology: plays each on packets, and compares.

A prediction is about empty queues, so each message has hosts of its own, which have just started,
and a capture of its own. Nothing sleeps: a play goes on when nothing moves any more.
"""

from datetime import datetime
from functools import partial
from pathlib import Path

from labkit.spread import spread
from mta_lab.backends import Backend
from mta_lab.capture.calls import calls
from mta_lab.lab.directory import lab_directory
from mta_lab.play import lifecycle
from mta_lab.play.audience import Audience
from mta_lab.rehearsal.predict import mail, predict
from mta_lab.rehearsal.proof.compare import compare
from mta_lab.rehearsal.proof.proof import Proof, ProvedFlow
from mta_lab.rehearsal.proof.script import Script, scripts
from mta_lab.rehearsal.proof.witness import Seen
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from mta_lab.topology.play import Expectation

_REAL_TIME = 1.0  # no retry timer ends while a play waits for rest
_PROOF = ".proof"  # at the end of a lab's name
_LONGEST = 50  # characters of a topology's name in it
_TO = "+"  # between two names in a file's; no name has it


def prove(
    topology: Topology,
    where: Backend,
    captures: Path,
    now: datetime,
    *,
    port: int | None = None,
    name: str | None = None,
    timeout: float = 60.0,
    jobs: int = 1,
) -> Proof:
    """Predict what becomes of the mail of a topology, play it, and compare.

    `captures` is the directory for a capture of each message. `name` is the lab's, by default one
    that differs from that of a lab which is up. No wait takes longer than `timeout` seconds; `jobs`
    processes share the work. The play and the `expect` of the topology do not matter. Raises
    ConfigurationError and OSError as a run does.
    """
    lab = name or f"{topology.name[:_LONGEST]}{_PROOF}"
    scripts = list(enumerate(scripts_of(topology, now), 1))
    one = partial(_numbered, topology, where, captures, port, timeout)
    labs = [(script, f"{lab}.{number}" if jobs > 1 else lab) for number, script in scripts]
    flows = tuple(spread(one, labs, jobs))
    return Proof(
        topology.name,
        where.name,
        now,
        flows,
        all(each.agrees for each in flows),
        all(each.observed is Disposition.DELIVERED for each in flows),
    )


def scripts_of(topology: Topology, now: datetime) -> list[Script]:
    """How each prediction for a topology is to be proved."""
    return scripts(predict(topology, now), mail(topology))


def _numbered(
    topology: Topology,
    where: Backend,
    captures: Path,
    port: int | None,
    timeout: float,
    lab: tuple[Script, str],
) -> ProvedFlow:
    script, name = lab
    return prove_flow(topology, script, where, captures, port=port, name=name, timeout=timeout)


def prove_flow(
    topology: Topology,
    script: Script,
    where: Backend,
    captures: Path,
    *,
    name: str,
    port: int | None = None,
    timeout: float = 60.0,
) -> ProvedFlow:
    """Play one script on hosts of its own, in the lab `name`; raises as `prove` does."""
    prediction = script.prediction
    played = topology.model_copy(update={"play": script.steps, "expect": Expectation()})
    directory = lab_directory(name)
    file = captures / f"{prediction.sender}{_TO}{prediction.receiver or 'nobody'}.pcapng"
    with lifecycle.placed(played, directory, where.name, port) as placement:
        observation = lifecycle.observe(
            placement, directory, file, Audience(), time_scale=_REAL_TIME, timeout=timeout
        )
    capture = observation.capture
    seen = Seen(placement, observation, calls(file, (capture.port,)))
    lines = tuple(compare(script, seen))
    return ProvedFlow(
        prediction.sender,
        prediction.receiver,
        prediction.recipient,
        script.becomes,
        seen.becomes,
        lines,
        str(capture.file),
        capture.decode_as,
        all(each.agrees is not False for each in lines),
    )
