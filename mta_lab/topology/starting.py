"""A topology file to start from: two MTAs and a firewall, with comments, or a copy."""

import re
from collections.abc import Mapping
from pathlib import Path

from labkit.config import ConfigurationError, exact_text_of, load_text, text_of
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ForeignFirewall, beside

#: A topology whose mail is delivered both ways, with a comment on what there is to change.
STARTING = Path(__file__).with_suffix(".yaml")
_NAME = re.compile(r"^name:[^\n]*$", re.MULTILINE)


def starting(name: str, path: Path, source: Path = STARTING) -> Mapping[Path, str]:
    """The text of a topology of this name that is written at `path`, as that of `source` is.

    The files of its firewalls that lie beside `source` come too, each with the path that it has
    beside the new file. Raises ConfigurationError for a name that is none, or what is wrong in
    `source`.
    """
    text, named = _NAME.subn(f"name: {name}", text_of(source), count=1)
    topology = load_text(text, path, Topology)
    if not named or topology.name != name:
        raise ConfigurationError(f"{source}: has no line `name: {topology.name}` to be changed")
    files = {path: text}
    for firewall in topology.firewalls.values():
        if isinstance(firewall, ForeignFirewall) and firewall.config:
            file = beside(firewall, firewall.config)
            files[file] = exact_text_of(source.parent / firewall.config)
    return files
