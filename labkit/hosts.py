"""Tables of host names as hosts(5) writes them: for the commands that a lab runs on a host.

Where hosts have no /etc/hosts of their own, because all are this machine, the environment variable
`HOSTS` names a table of the same form.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from labkit.addresses import IPAddress

HOSTS = "X400_HOSTS"


def as_table(names: Mapping[str, IPAddress]) -> str:
    """The names as a file has them, localhost among them."""
    lines = [f"{address}\t{name}" for name, address in names.items()]
    return "\n".join(["127.0.0.1\tlocalhost", *lines, ""])


def looked_up(name: str) -> str | None:
    """The address of a name in the table of the environment; None without one. Raises OSError."""
    file = os.environ.get(HOSTS)
    if not file:
        return None
    for line in Path(file).read_text("utf-8").splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if name.casefold() in map(str.casefold, names):
            return address
    return None
