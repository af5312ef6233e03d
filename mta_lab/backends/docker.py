"""The programs `docker` and Compose, for the engine at hand or for that of a Docker context."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from labkit.config import ConfigurationError

_LAST_LINES = 5  # of what a program says when it fails


@dataclass(frozen=True)
class Docker:
    """An engine; without a context the one that `docker` itself takes."""

    context: str = ""

    def command(self, *arguments: str) -> list[str]:
        """The command that has this engine do something."""
        return ["docker", *self._chosen(), *arguments]

    def __call__(self, *arguments: str, given: bytes | None = None) -> str:
        """What the engine says; `given` is what it reads. Raises ConfigurationError, OSError."""
        return _run(self.command(*arguments), given)

    def can(self, *arguments: str) -> bool:
        """Whether the engine can do that."""
        return _succeeds(self.command(*arguments))

    def compose(self, *arguments: str) -> None:
        """Have Compose do something. Raises ConfigurationError."""
        _run([*self._compose(), *arguments])

    def _compose(self) -> list[str]:
        """Compose v2, or docker-compose where there is none."""
        programs = (self.command("compose"), ["docker-compose", *self._chosen()])
        for program in programs:
            if _succeeds([*program, "version"]):
                return program
        names = " nor ".join(f"`{' '.join(program)}`" for program in programs)
        raise ConfigurationError(f"the compose backend needs Docker Compose: neither {names} works")

    def _chosen(self) -> Sequence[str]:
        return ("--context", self.context) if self.context else ()


def _succeeds(command: Sequence[str]) -> bool:
    try:
        _run(command)
    except (OSError, ConfigurationError):
        return False
    return True


def _run(command: Sequence[str], given: bytes | None = None) -> str:
    """What a program says. Raises ConfigurationError with its last words when it fails."""
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        said = "\n".join(lines[-_LAST_LINES:])
        raise ConfigurationError(f"{' '.join(command)}: status {done.returncode}: {said}")
    return done.stdout.decode("utf-8", "replace").strip()
