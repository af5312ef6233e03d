"""What a run of the fuzzer tells, and that it ends."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from fuzz.__main__ import Outcome, Run

LOG = """#262144 pulse  cov: 559 ft: 600
 === Uncaught Python exception: ===
ValueError: year 486057 is out of range
Traceback (most recent call last):
SUMMARY: libFuzzer: fuzz target exited
artifact_prefix='/x/'; Test unit written to /x/tpkt-crash-0a
stat::number_of_executed_units: 265
"""


def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str) -> list[Outcome]:
    """The outcomes of a run whose targets log LOG, and say something when they end."""

    def start(_: Run, names: Any, __: Any, environment: dict[str, str]) -> Any:
        for name in names:
            Path(environment["FUZZ_LOGS"], name).write_text(LOG)
        return subprocess.Popen(["printf", said], stdout=subprocess.PIPE, text=True)

    monkeypatch.setattr(Run, "_start", start)
    return list(Run(1, tmp_path, jobs=1, keep=False).outcomes(["tpkt"]))


def test_a_finding_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    why = "ValueError: year 486057 is out of range /x/tpkt-crash-0a"
    assert run(monkeypatch, tmp_path, "tpkt 77\n") == [Outcome("tpkt", 265, 559, why)]


def test_a_run_that_cannot_go_on_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unpack"):
        run(monkeypatch, tmp_path, "what is this\n")
