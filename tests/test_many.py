"""Many MTAs in one process: what each of them takes is bounded, and none takes a thread."""

import json
import subprocess
import sys

from tests.patience import PATIENCE

MTAS = 60
FILES = 12  # of an MTA: listener, control socket, lock, database and its logs, two associations
THREADS = 45  # of the process: pools that all share, asyncio's with 32 at most


def test_an_mta_in_a_process_of_many_takes_few_files_and_no_thread() -> None:
    """The ring of the benchmark, with fewer: each MTA sends a message, and gets one."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.many", str(MTAS)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE,
    )
    figures = json.loads(done.stdout)
    assert figures["mtas"] == MTAS
    assert figures["open_files"] < FILES * MTAS
    assert figures["threads"] < THREADS
