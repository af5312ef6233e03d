"""What an engine needs of this machine, checked first, with the Debian package that has it."""

import shutil
from dataclasses import dataclass

from labkit.errors import ConfigurationError


@dataclass(frozen=True)
class Requirement:
    """A program, and the Debian package to install."""

    program: str
    package: str


def require(*wanted: Requirement) -> None:
    """Raise ConfigurationError when a program is missing, and name the packages to install."""
    missing = [each for each in wanted if shutil.which(each.program) is None]
    if missing:
        programs = ", ".join(each.program for each in missing)
        packages = " ".join(sorted({each.package for each in missing}))
        raise ConfigurationError(f"not installed: {programs}; on Debian: apt install {packages}")
