"""What the connectors of an MTA share, and who is behind the names that they use."""

import inspect
from typing import Any

import pytest

from mta_emu.mta.connector import shared
from mta_emu.mta.connector.shared import Shared
from mta_emu.mta.dispatch.dispatcher import Dispatcher
from mta_emu.mta.dispatch.rerouting import Rerouter

NOTHING: Any = None


def new() -> Shared:
    return Shared(*[NOTHING] * 10)


def test_associations_are_numbered_from_1_across_connectors() -> None:
    one = new()
    assert [next(one.numbers), next(one.numbers)] == [1, 2]
    assert next(new().numbers) == 1  # another MTA in this process has its own


def test_two_mtas_in_a_process_share_nothing() -> None:
    one, other = new(), new()
    assert one.recovery is not other.recovery
    assert one.reloading is not other.reloading


@pytest.mark.parametrize(
    ("protocol", "real"), [(shared.Dispatcher, Dispatcher), (shared.Rerouter, Rerouter)]
)
def test_dispatcher_and_rerouter_do_what_connectors_ask_for(
    protocol: type[Any], real: type[Any]
) -> None:
    for name, wanted in vars(protocol).items():
        if not name.startswith("_"):
            found = inspect.getattr_static(real, name)
            assert [*inspect.signature(found).parameters] == [
                *inspect.signature(wanted).parameters
            ], name
            assert inspect.iscoroutinefunction(found) is inspect.iscoroutinefunction(wanted), name
