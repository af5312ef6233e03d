"""`make fuzz`: every target for a while, and a table of what came of it."""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
_MAX_INPUT = 4096  # octets; longer ones find the same, slower
_MEMORY = 1024  # MB that an input may make a target hold
_PATIENCE = 5  # seconds that one input may take

_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


@dataclass(frozen=True)
class Outcome:
    """What came of fuzzing a target: `finding` names the input that broke it, with the reason."""

    target: str
    inputs: int
    coverage: int
    finding: str = ""


def fuzz(name: str, seconds: int, findings: Path, *, keep: bool) -> Outcome:
    """Fuzz one target for some seconds, beginning with its seeds and its corpus in the tree.

    An input that breaks it is kept in `findings`. With `keep`, inputs that reach further than the
    corpus does are added to it.
    """
    corpus = CORPUS / name
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as directory:
        work = Path(directory)
        for number, seed in enumerate(TARGETS[name].seeds()):
            (work / f"seed-{number}").write_bytes(seed)
        ran = _run(name, f"-max_total_time={seconds}", str(work), str(corpus), findings=findings)
        if keep:
            _run(name, "-merge=1", str(corpus), str(work), findings=findings)
    executed, covered = _EXECUTED.findall(ran.stderr), _COVERED.findall(ran.stderr)
    return Outcome(
        name,
        inputs=int(executed[-1]) if executed else 0,
        coverage=int(covered[-1]) if covered else 0,
        finding=_finding(ran),
    )


def _run(name: str, *options: str, findings: Path) -> subprocess.CompletedProcess[str]:
    root, programs = CORPUS.parents[1], Path(sys.executable).parent
    command = [
        *(str(CORPUS.with_name("one.py")), *options),
        *(f"-max_len={_MAX_INPUT}", f"-rss_limit_mb={_MEMORY}", f"-timeout={_PATIENCE}"),
        *("-print_final_stats=1", f"-artifact_prefix={findings}/{name}-"),
    ]
    surroundings = {
        "FUZZ_TARGET": name,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(root),
    }
    return subprocess.run(
        command, cwd=root, env=os.environ | surroundings, capture_output=True, text=True,
        errors="replace", check=False,
    )  # fmt: skip


def _finding(ran: subprocess.CompletedProcess[str]) -> str:
    """The reason and the file of a finding; empty when there is none."""
    if not ran.returncode:
        return ""
    lines = ran.stderr.splitlines()
    reasons = [line for line in lines if re.match(r"\w+(Error|Misuse|Exception)\b", line)]
    reasons += [line for line in lines if line.startswith("SUMMARY: ")]
    files = [line.rpartition(" ")[2] for line in lines if "Test unit written to" in line]
    return " ".join([*reasons[:1], *files]) or f"ended with status {ran.returncode}: {lines[-1:]}"


def main(
    targets: Annotated[
        list[str] | None, typer.Argument(help=f"Some of: {', '.join(TARGETS)}.")
    ] = None,
    seconds: Annotated[int, typer.Option(min=1, help="How long, for each target.")] = 60,
    jobs: Annotated[int, typer.Option(min=1, help="Targets at the same time.")] = 2,
    keep: Annotated[
        bool, typer.Option(help="Add what reaches further to the corpus in the tree.")
    ] = False,
    findings: Annotated[Path, typer.Option(help="Where inputs go that break a target.")] = Path(
        "findings"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a target.")] = False,
) -> None:
    """Fuzz decoders and state machines.

    Exit status 0: nothing found; 1: something; 2: no such target.
    """
    chosen = targets or list(TARGETS)
    if unknown := set(chosen) - set(TARGETS):
        typer.echo(f"{min(unknown)}: no such target; there are: {', '.join(TARGETS)}", err=True)
        raise typer.Exit(2)
    findings = findings.absolute()
    findings.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    with (
        Progress(console=Console(stderr=True)) as progress,
        ThreadPoolExecutor(jobs) as pool,
    ):
        bar = progress.add_task("fuzzing", total=len(chosen))
        for outcome in pool.map(lambda name: fuzz(name, seconds, findings, keep=keep), chosen):
            outcomes.append(outcome)
            progress.advance(bar)
    _tell(outcomes, seconds, as_json=as_json)
    if any(outcome.finding for outcome in outcomes):
        raise typer.Exit(1)


def _tell(outcomes: list[Outcome], seconds: int, *, as_json: bool) -> None:
    if as_json:
        for outcome in outcomes:
            typer.echo(json.dumps(asdict(outcome)))
        return
    table = Table("target", title=f"{seconds} s each", title_justify="left")
    for heading in ("inputs", "coverage"):
        table.add_column(heading, justify="right")
    table.add_column("finding", overflow="fold")
    for outcome in outcomes:
        inputs = f"{outcome.inputs:,}".replace(",", " ")
        table.add_row(outcome.target, inputs, str(outcome.coverage), outcome.finding or "-")
    total = sum(outcome.inputs for outcome in outcomes)
    table.add_section()
    found = sum(bool(outcome.finding) for outcome in outcomes)
    table.add_row("all", f"{total:,}".replace(",", " "), "", f"{found} findings")
    Console(width=None if sys.stdout.isatty() else 120).print(table)


if __name__ == "__main__":
    typer.run(main)
