"""What pdm-backend does besides copying packages: the wheel has the ready topologies in it."""

from pathlib import Path
from typing import Protocol


class Context(Protocol):
    """As much of pdm.backend's build context as is used here."""

    target: str
    root: Path


def pdm_build_update_files(context: Context, files: dict[str, Path]) -> None:
    """Add `labs/` to the package mta_lab, where what is installed finds it by name."""
    if context.target == "wheel":
        for file in sorted((context.root / "labs").iterdir()):
            files[f"mta_lab/labs/{file.name}"] = file
