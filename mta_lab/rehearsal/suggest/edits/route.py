"""Edits of what may go where: address spaces, and restrictions of connectors and mailboxes."""

from collections.abc import Iterator
from typing import Any

from mta_emu.mta.configuration.addressspace import AddressSpace
from mta_emu.mta.configuration.pages import DeliveryRestrictions
from mta_emu.mts.oraddress import ORAddress
from mta_lab.rehearsal.suggest.edit import Add, Edit, Keys, Operation, Remove
from mta_lab.rehearsal.suggest.stop import Stop


def address_space(stop: Stop) -> Iterator[Edit]:
    """Let a connector lead to the addresses of the MTA that has the recipient's mailbox."""
    space = _space_of(stop, stop.flow.receiver, stop.recipient)
    for connector in stop.connectors(stop.caller) if space else ():
        add = Add((*connector.keys, "address_space"), space)
        yield Edit(f"{connector}: leads to the addresses of {stop.flow.receiver}", (add,))


def restrictions(stop: Stop) -> Iterator[Edit]:
    """Let a connector take what the originator sends (Delivery Restrictions page)."""
    for connector in stop.connectors(stop.caller):
        page = connector.config.delivery_restrictions
        yield from _let(stop, page, (*connector.keys, "delivery_restrictions"), str(connector))


def mailbox(stop: Stop) -> Iterator[Edit]:
    """Let the recipient's mailbox take what the originator sends."""
    there = stop.topology.mtas.get(str(stop.flow.receiver))
    for index, each in enumerate(there.server.mailboxes if there else ()):
        if each.matches(stop.recipient):
            keys = ("mtas", str(stop.flow.receiver), "server", "mailboxes", index)
            whose = f"the mailbox of {stop.flow.receiver}"
            yield from _let(stop, each.restrictions, (*keys, "restrictions"), whose)
            for field in ("content_types", "content_length", "information_types"):
                if getattr(each, field):
                    yield Edit(f"{whose}: without {field}", (Remove((*keys, field)),))


def _let(stop: Stop, page: DeliveryRestrictions, keys: Keys, whose: str) -> Iterator[Edit]:
    """Let restrictions allow the originator."""
    originator = stop.originator
    if originator is None or page.allow(originator):
        return
    operations: list[Operation] = [
        Remove((*keys, "reject_from", index))
        for index, each in reversed([*enumerate(page.reject_from)])
        if each.matches(originator)
    ]
    if page.accept_from and not any(each.matches(originator) for each in page.accept_from):
        space = _space_of(stop, stop.flow.sender, originator)
        operations.append(Add((*keys, "accept_from"), space))
    yield Edit(f"{whose}: takes mail of {stop.flow.sender}", tuple(operations))


def _space_of(stop: Stop, mta: str | None, address: ORAddress) -> dict[str, Any]:
    """The address space of an MTA's mailbox that an address lies in, as a file has it."""
    server = stop.topology.mtas[mta].server if mta else None
    found = server.mailbox_of(address) if server else None
    fields = {*AddressSpace.model_fields}
    return found.model_dump(include=fields, exclude_unset=True) if found else {}
