"""What has been changed in a lab since it came up: settings of its hosts, by path."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime

from labkit.config import Section, dump, load

_FILE = "changes.yaml"
_HIDDEN = "********"


class Change(Section):
    """A setting that a host of the lab has taken."""

    path: str  # begins with the host
    value: str  # for people: passwords are hidden
    since: AwareDatetime  # lab time

    def __str__(self) -> str:
        return f"{self.path}={self.value} set at {self.since:%H:%M:%S}"


class Changes(Section):
    """The settings that came after the topology file, the latest value of each."""

    changes: tuple[Change, ...] = ()

    def after(self, settings: Mapping[str, Any], now: datetime) -> "Changes":
        """What there is when these settings have come, too."""
        kept = [each for each in self.changes if each.path not in settings]
        new = [
            Change(path=path, value=shown(path, value), since=now)
            for path, value in settings.items()
        ]
        return Changes(changes=(*kept, *new))

    def of(self, host: str) -> tuple[Change, ...]:
        """The changes of one host."""
        return tuple(each for each in self.changes if each.path.startswith(f"{host}."))


def read_changes(directory: Path) -> Changes:
    """The changes that were written down in a lab's directory."""
    file = directory / _FILE
    return load(file, Changes) if file.exists() else Changes()


def write_changes(changes: Changes, directory: Path) -> None:
    """Write down the changes of the lab in `directory`."""
    dump(changes, directory / _FILE)


def shown(path: str, value: object) -> str:
    """The value of a setting for people: without passwords."""
    public = _without_passwords(path.rpartition(".")[2], value)
    return public if isinstance(public, str) else json.dumps(public, default=str)


def _without_passwords(key: str, value: object) -> object:
    if key.endswith("password") and value is not None:
        return _HIDDEN
    if isinstance(value, Mapping):
        return {name: _without_passwords(str(name), each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_passwords("", each) for each in value]
    return value
