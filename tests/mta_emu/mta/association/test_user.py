"""What an association needs of its connector is what the connector has, word for word."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mta_emu.mta.association.user import AssociationUser, Outbox

Start = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize("protocol", [AssociationUser, Outbox])
async def test_a_connector_has_what_its_associations_ask_for(
    start: Start, a_document: dict[str, Any], protocol: type[Any]
) -> None:
    connector = (await start(a_document)).mta._connectors["TO-B"]
    real = connector if protocol is AssociationUser else connector.outbox
    for name, wanted in vars(protocol).items():
        if not name.startswith("_"):
            found = getattr(real, name)
            if callable(wanted):
                _, *parameters = inspect.signature(wanted).parameters
                assert [*inspect.signature(found).parameters] == parameters, name
                both = [inspect.iscoroutinefunction(each) for each in (found, wanted)]
                assert len({*both}) == 1, name
    for name in protocol.__annotations__:
        assert hasattr(real, name)
