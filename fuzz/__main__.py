"""`make fuzz`: every target for a while, and a table of what came of it."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
_MAX_INPUT = 4096  # octets; longer ones find the same, slower
_MEMORY = 1024  # MB that an input may make a target hold
_PATIENCE = 30  # seconds that one input may take, on a busy machine

_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


@dataclass(frozen=True)
class Outcome:
    """What came of fuzzing a target: `finding` names the input that broke it, with the reason."""

    target: str
    inputs: int
    coverage: int
    finding: str = ""


class Run:
    """One run of some targets, at most `jobs` at a time."""

    def __init__(self, seconds: int, findings: Path, *, jobs: int, keep: bool) -> None:
        """Fuzz each target for some seconds, beginning with its corpus in the tree, or its seeds.

        An input that breaks one is kept in `findings`. With `keep` a corpus is made anew: of it,
        of the target's seeds and of what was found, the fewest inputs that reach as far.
        """
        self._seconds = seconds
        self._findings = findings
        self._jobs = jobs
        self._keep = keep

    def outcomes(self, names: Sequence[str]) -> Iterator[Outcome]:
        """What came of each target, as they are done."""
        with (
            tempfile.TemporaryDirectory(prefix="fuzz-") as directory,
            ThreadPoolExecutor(self._jobs) as pool,
        ):
            outcomes: SimpleQueue[Outcome | BaseException] = SimpleQueue()

            def fail(done: Future[None]) -> None:
                if error := done.exception():
                    outcomes.put(error)

            shares = [names[number :: self._jobs] for number in range(self._jobs)]
            for share in filter(None, shares):
                done = pool.submit(self._fuzz, share, Path(directory), outcomes.put)
                done.add_done_callback(fail)
            for _ in names:
                outcome = outcomes.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome

    def _fuzz(self, names: Sequence[str], work: Path, tell: Callable[[Outcome], None]) -> None:
        """Fuzz some targets one after the other."""
        for name in names:
            (CORPUS / name).mkdir(parents=True, exist_ok=True)
            (work / name / "found").mkdir(parents=True)
            if self._keep or not any((CORPUS / name).iterdir()):
                for number, seed in enumerate(TARGETS[name].seeds()):
                    (work / name / "found" / f"seed-{number}").write_bytes(seed)
        logs = work / f"logs-{names[0]}"
        logs.mkdir()
        options = [f"-max_total_time={self._seconds}", f"{work}/{{}}/found", f"{CORPUS}/{{}}"]
        with self._start(names, options, {"FUZZ_LOGS": str(logs)}) as running:
            for line in running.stdout or ():
                name, status = line.split()
                log = (logs / name).read_text("utf-8", "replace")
                outcome = _outcome(name, int(status), log)
                if self._keep and not outcome.finding:
                    self._make_anew(name, work / name)
                tell(outcome)

    def _make_anew(self, name: str, work: Path) -> None:
        new, old = work / "new", CORPUS / name
        new.mkdir()
        self._start([name], ["-set_cover_merge=1", *map(str, (new, old, work / "found"))]).wait()
        shutil.rmtree(old)
        new.rename(old)

    def _start(
        self, names: Sequence[str], options: list[str], environment: dict[str, str] | None = None
    ) -> subprocess.Popen[str]:
        root, programs = CORPUS.parents[1], Path(sys.executable).parent
        command = [
            *(str(CORPUS.with_name("one.py")), "-print_final_stats=1", f"-max_len={_MAX_INPUT}"),
            *(f"-rss_limit_mb={_MEMORY}", f"-timeout={_PATIENCE}"),
            *(f"-artifact_prefix={self._findings}/{{}}-", *options),
        ]
        settings = os.environ | {
            "FUZZ_TARGETS": " ".join(names),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(root),
        }
        return subprocess.Popen(
            command, cwd=root, env=settings | (environment or {}), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def _outcome(name: str, status: int, log: str) -> Outcome:
    executed, covered = _EXECUTED.findall(log), _COVERED.findall(log)
    return Outcome(
        name,
        inputs=int(executed[-1]) if executed else 0,
        coverage=int(covered[-1]) if covered else 0,
        finding=_finding(status, log.splitlines()),
    )


def _finding(status: int, lines: list[str]) -> str:
    """The reason and the file of a finding; empty when there is none."""
    if not status:
        return ""
    reasons = [line for line in lines if re.match(r"\w+(Error|Misuse|Exception)\b", line)]
    reasons += [line for line in lines if line.startswith("SUMMARY: ")]
    files = [line.rpartition(" ")[2] for line in lines if "Test unit written to" in line]
    return " ".join([*reasons[:1], *files]) or f"ended with status {status}: {lines[-1:]}"


def main(
    targets: Annotated[
        list[str] | None, typer.Argument(help=f"Some of: {', '.join(TARGETS)}.")
    ] = None,
    seconds: Annotated[int, typer.Option(min=1, help="How long, for each target.")] = 60,
    jobs: Annotated[int, typer.Option(min=1, help="Targets at the same time.")] = 2,
    keep: Annotated[
        bool, typer.Option(help="Make the corpus in the tree anew, with what was found.")
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
    run = Run(seconds, findings, jobs=jobs, keep=keep)
    with Progress(console=Console(stderr=True)) as progress:
        outcomes = list(progress.track(run.outcomes(chosen), len(chosen), description="fuzzing"))
    outcomes.sort(key=lambda outcome: chosen.index(outcome.target))
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
