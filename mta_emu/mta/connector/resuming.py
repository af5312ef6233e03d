"""Goes on with the associations that were open when the MTA ended without a word (keeping.py)."""

from collections.abc import Mapping

from labkit.reason import Reason
from mta_emu.mta.association.incoming import IncomingMessage
from mta_emu.mta.association.keeping import Kept
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.connector.shared import Shared
from mta_emu.mta.policy.calling import Lane
from mta_emu.mta.store.associations import KeptAssociation
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.primitives import SourceError

_WHY = Reason("recovery", "it was open when the MTA ended")


def go_on(shared: Shared, connectors: Mapping[str, Connector]) -> None:
    """Take up what was kept, before anybody can ask for it; what cannot be taken up is dropped."""
    for each in shared.store.associations.all():
        connector = connectors.get(each.connector)
        if not (connector and _take_up(shared, connector, each)):
            _drop(shared, each)


def _take_up(shared: Shared, connector: Connector, each: KeptAssociation) -> bool:
    """Go on with an association, as one that has just lost its connection; whether it can be."""
    number = next(shared.numbers)
    try:
        kept = Kept.read(each)
        entry = shared.store.queues.find(each.connector, kept.entry) if kept.entry else None
        message = _message(shared, connector, kept, number)
        source = connector.outbox.source(entry) if entry else None
        endpoint = kept.endpoint(source, coming=message is not None)
    except (ProtocolError, SourceError):
        return False
    block = shared.blocks.take(endpoint.ends.peer_address) if entry or message else None
    if block is None:
        return False
    if entry:
        connector.outbox.hold(entry)
    lane = Lane.of(entry.priority) if entry else Lane.ORDINARY

    async def serve() -> None:
        try:
            await connector.serve(
                endpoint,
                number,
                block,
                _WHY,
                locally=kept.initiated_locally,
                two_way=endpoint.connection.association.is_two_way,
                lane=lane,
                in_hand=lambda association: association.go_on(kept.number, entry, message),
            )
        finally:
            shared.blocks.give_back(block)

    connector.spawn(serve())
    return True


def _message(
    shared: Shared, connector: Connector, kept: Kept, number: int
) -> IncomingMessage | None:
    """What had come of a message. Raises ProtocolError."""
    if kept.part is None or not shared.store.contents.is_coming(kept.part.message):
        return None
    message = connector.incoming(number)
    message.go_on(kept.part)
    return message


def _drop(shared: Shared, each: KeptAssociation) -> None:
    store, message = shared.store, each.message
    store.when_possible(lambda: store.associations.forget(each.id))
    if message is not None and store.contents.is_coming(message):
        store.when_possible(lambda: store.contents.forget(message))
