"""Hosts that `mta-lab serve` serves alone, each in a directory of its own."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.mta_lab.conftest import ROOT


def topology_here(file: Path, port: int) -> Path:
    """The seed at addresses that this machine has, and on that port, written to `file`."""
    text = (ROOT / "labs" / "q196381.yaml").read_text("utf-8").replace("203.0.113.", "127.0.113.")
    text = text.replace("198.51.100.", "127.0.100.").replace("port: 102", f"port: {port}")
    text = text.replace("transport_stack: {", f"transport_stack: {{port: {port}, ")
    file.write_text(text, "utf-8")
    return file


@contextmanager
def alone(topology: Path, host: str, directory: Path) -> Iterator[dict[str, Any]]:
    """The first record that a host writes, which runs then."""
    directory.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "serve", str(topology), host, "--json"],
        cwd=directory,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
