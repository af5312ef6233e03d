"""What a changed configuration file changes in a running MTA. Pure functions."""

from dataclasses import dataclass

from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.server import Server

#: Of the server's section: what is looked up each time, and so may change while the MTA runs.
_LOOKED_UP = frozenset(
    {"hosts", "names", "reverse", "mailboxes", "distribution_lists", "alternate_recipient"}
)
_OF_THE_RUN = frozenset({"clock"})  # the lab's, and by default the moment of the start


class NotReloadableError(Exception):
    """The file asks for what only a new start can do; a line for each field."""


@dataclass(frozen=True)
class Changes:
    """The connectors that differ, by name; every other one goes on as it is."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def changes(old: MtaConfig, new: MtaConfig) -> Changes:
    """What is to be done for `new` to hold where `old` held.

    Raises NotReloadableError when more than connectors and names has changed.
    """
    if fixed := [
        f"server.{name}: changes only when the MTA is started again"
        for name in Server.model_fields
        if name not in _LOOKED_UP | _OF_THE_RUN
        and getattr(old.server, name) != getattr(new.server, name)
    ]:
        raise NotReloadableError("\n".join(fixed))
    before = {connector.name: connector for connector in old.connectors}
    after = {connector.name: connector for connector in new.connectors}
    return Changes(
        added=tuple(name for name in after if name not in before),
        changed=tuple(n for n in after if n in before and after[n] != before[n]),
        removed=tuple(name for name in before if name not in after),
    )
