"""Edits of Address Space pages: a connector that should lead to the recipient."""

from collections.abc import Iterator
from typing import Any

from mta_emu.mta.configuration.pages import AddressSpace
from mta_lab.rehearsal.suggest.edit import Add, Edit
from mta_lab.rehearsal.suggest.stop import Stop


def address_space(stop: Stop) -> Iterator[Edit]:
    """Let a connector lead to the addresses of the MTA that has the recipient's mailbox."""
    there = stop.topology.mtas.get(str(stop.flow.receiver))
    spaces: list[dict[str, Any]] = []
    for mailbox in there.server.mailboxes if there else ():
        if mailbox.matches(stop.recipient):
            fields = mailbox.model_dump(mode="json", exclude_unset=True)
            spaces.append({key: fields[key] for key in fields if key in AddressSpace.model_fields})
    for connector in stop.connectors(stop.caller):
        for space in spaces[:1]:
            keys = (*connector.keys, "address_space")
            yield Edit(
                f"{connector}: leads to the addresses of {stop.flow.receiver}", (Add(keys, space),)
            )
