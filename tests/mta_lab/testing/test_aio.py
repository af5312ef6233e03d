"""A lab on the test's own event loop."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.lab.directory import labs_directory
from mta_lab.testing.labs import Labs
from tests.patience import PATIENCE


async def test_mail_waits_and_is_collected_as_predicted(labs: Labs) -> None:
    async with labs.aio("q196381") as lab:
        predicted = lab.predict().flow("EXTERNAL", "INTERNAL")
        await lab.send("EXTERNAL", "INTERNAL", count=5)
        waiting = lab.flow("EXTERNAL", "INTERNAL")
        assert (waiting.delivered, waiting.queued_at_end) == (0, 5)
        assert str(waiting.source_seen) == "203.0.113.10"
        assert lab.events("INTERNAL") == [1293]
        await lab.send("INTERNAL", "EXTERNAL")
    collected = lab.flow("EXTERNAL", "INTERNAL")
    assert collected.disposition == predicted.disposition == "collected"
    assert collected.delivered == 5
    assert lab.capture.stat().st_size > 1000
    assert not [*labs_directory().glob("pytest-*")]


async def test_the_file_is_played_and_judged(labs: Labs) -> None:
    async with labs.aio("q196381") as lab:
        assert not lab.played
        await lab.play()
        assert (lab.result.verdict, lab.result.differences) == ("pass", ())
        assert (lab.played, lab.stopped) == (True, False)
    assert lab.stopped
    assert lab.result.capture.packets > 0


async def test_hosts_change_and_the_prediction_follows(labs: Labs) -> None:
    async with labs.aio("q196381") as lab:
        await lab.set({"firewall.transparency": False})
        assert lab.predict().flow("EXTERNAL", "INTERNAL").disposition == "delivered"
        await lab.send("EXTERNAL", "INTERNAL")
        assert lab.flow("EXTERNAL", "INTERNAL").delivered_directly == 1
        with pytest.raises(ConfigurationError, match="transparent"):
            await lab.set({"firewall.transparent": True})
        assert lab.predict().flow("EXTERNAL", "INTERNAL").disposition == "delivered"


async def test_settings_have_the_addresses_of_the_file(labs: Labs) -> None:
    async with labs.aio("q196381") as lab:
        await lab.set({"INTERNAL.connectors.FIREWALL.stack.address": "203.0.113.10"})
        assert lab.predict().flow("EXTERNAL", "INTERNAL").disposition == "delivered"
        await lab.send("EXTERNAL", "INTERNAL")
        assert lab.flow("EXTERNAL", "INTERNAL").delivered_directly == 1


async def test_a_restart_is_that_of_a_play(labs: Labs) -> None:
    async with labs.aio("q196381") as lab:
        await lab.restart("INTERNAL")
        await lab.send("INTERNAL", "EXTERNAL")
        assert [each.kind for each in lab.records("INTERNAL")].count("listening") == 2
        assert lab.flow("INTERNAL", "EXTERNAL").delivered == 1


async def test_a_fault_that_cannot_be_here_names_where(labs: Labs) -> None:
    async with labs.aio("q196381") as lab:
        with pytest.raises(ConfigurationError, match="netns"):
            await lab.disturb({"on": "outside", "reset": True})


async def test_a_fault_among_namespaces_is_predicted_and_seen(
    labs: Labs, needs_netns: Callable[[], None]
) -> None:
    needs_netns()
    async with labs.aio("q196381", backend="netns") as lab:
        await lab.disturb({"on": "inside", "reset": True})
        predicted = lab.predict().flow("INTERNAL", "EXTERNAL")
        await lab.send("INTERNAL", "EXTERNAL")
        assert lab.flow("INTERNAL", "EXTERNAL").queued_at_end == 1
    seen = lab.flow("INTERNAL", "EXTERNAL")
    assert seen.disposition == predicted.disposition == "unreachable"


async def test_others_programs_are_hosts(labs: Labs, with_programs: Callable[[], Path]) -> None:
    """Somebody else's MTA serves in the test itself, at the address that the lab has for it."""
    called: asyncio.Queue[str] = asyncio.Queue()

    def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.put_nowait(writer.get_extra_info("peername")[0])
        writer.close()

    inward = "firewall.services.x400-inbound.destination.address"
    async with labs.aio(with_programs(), set={inward: "198.51.100.20"}) as lab:
        await lab.wait(ended="PROBE")
        async with await asyncio.start_server(serve, str(lab.address("OTHER")), lab.port):
            await lab.send("EXTERNAL", "INTERNAL")
            async with asyncio.timeout(PATIENCE):
                assert await called.get() == str(lab.address("EXTERNAL"))


async def test_what_is_not_there_is_named(labs: Labs) -> None:
    async with labs.aio("q196381") as lab:
        for question in (lab.events, lab.records, lab.address):
            with pytest.raises(ConfigurationError, match="EXTERNAL"):
                question("EXTERNA")
        with pytest.raises(ConfigurationError, match="there is: EXTERNAL -> INTERNAL"):
            lab.flow("EXTERNAL", "EXTERNAL")
        with pytest.raises(ConfigurationError, match="there is: EXTERNAL -> INTERNAL"):
            await lab.send("EXTERNAL", "EXTERNAL")
        with pytest.raises(ConfigurationError, match="program"):
            await lab.wait(at="EXTERNAL")


async def test_a_lab_that_is_not_up_says_so(labs: Labs) -> None:
    lab = labs.aio("q196381")
    assert lab.predict().flow("INTERNAL", "EXTERNAL").disposition == "delivered"
    with pytest.raises(RuntimeError, match="async with"):
        lab.events("EXTERNAL")
