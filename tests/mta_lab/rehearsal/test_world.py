"""What calls meet: control blocks, what is open, and other faults and settings."""

from ipaddress import IPv4Address

from mta_lab.rehearsal.call import call
from mta_lab.rehearsal.world import World
from tests.mta_lab.rehearsal.changed import lab

RIGHT = "q166308-all-right"


def test_one_caller_has_three_quarters_of_the_control_blocks() -> None:
    world = World(lab(RIGHT, "SOUTH.server.registry.tcp_ip_control_blocks=16"))
    (connector,) = world.mtas["NORTH"].connectors
    world.open += [call(world, "NORTH", connector)] * 12
    reason = world.no_block("SOUTH", IPv4Address("203.0.113.10"))
    assert reason
    assert reason.text.startswith("caller's address 203.0.113.10 has 12 of the 16")
    assert world.no_block("SOUTH", IPv4Address("203.0.113.11")) is None
    assert world.no_block("SOUTH") is None


def test_an_association_that_is_over_is_no_longer_open() -> None:
    world = World(lab(RIGHT))
    opened = call(world, "NORTH", world.mtas["NORTH"].connectors[0])
    world.open.append(opened)
    assert (world.associations("NORTH"), world.associations("SOUTH")) == (
        {opened.connector: 1},
        {opened.called_connector: 1},
    )
    world.forget(opened)
    assert (world.open, world.ended) == ([], [opened])


def test_a_world_again_has_nothing_open_and_reads_nothing_again() -> None:
    world = World(lab(RIGHT))
    world.open.append(call(world, "NORTH", world.mtas["NORTH"].connectors[0]))
    fresh = world.again()
    assert (fresh.open, fresh.ended, fresh.calls.total()) == ([], [], 0)
    assert fresh.network is world.network
    assert len(world.open) == 1
