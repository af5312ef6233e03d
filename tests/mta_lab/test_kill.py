"""kill -9 in the middle of a drain: nothing is lost, nothing comes twice."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.clock import Clock
from labkit.config import dump
from labkit.records import Record
from mta_emu.mta.configuration.addressspace import Domain, RoutedAddressSpace
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig, General, Override, Stack
from mta_emu.mta.configuration.recipients import Mailbox
from mta_emu.mta.configuration.server import Server, TransportStack
from mta_emu.mta.controlclient import ask, status
from mta_emu.mta.log.records import RECORDS, Transfer
from mta_emu.mta.store.store import Store
from mta_lab.lab.directory import HostFiles
from mta_lab.lab.records import of_kind
from mta_lab.play.host import Host
from mta_lab.play.process import HostFailedError
from mta_lab.play.settled import Rest
from tests.patience import PATIENCE

MESSAGES = 100
PORT = 10999
OUTSIDE, INSIDE = "127.0.113.77", "127.0.100.77"
SCALE = 300  # the transfer interval of 120 s and the open interval of 600 s pass in 0.4 s and 2 s


def configuration(name: str, address: str, other: str, other_address: str) -> MtaConfig:
    return MtaConfig(
        server=Server(
            organization="Contoso",
            site=name,
            name=name,
            local_mta_password="secret",
            global_domain=Domain(country="US", private_domain="Contoso"),
            transport_stack=TransportStack(address=address, port=PORT),
            clock=Clock(scale=SCALE, origin=datetime.now(UTC)),
            mailboxes=(Mailbox(country="US", organization=name),),
        ),
        connectors=(
            ConnectorConfig(
                general=General(
                    directory_name=other, remote_mta_name=other, remote_mta_password="secret"
                ),
                stack=Stack(address=other_address),
                override=Override(lifetime=3000),
                address_space=(RoutedAddressSpace(country="US", organization=other),),
            ),
        ),
    )


class Pair:
    """Two MTA processes that can be killed and started again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.hosts: dict[str, Host] = {}
        self.happened = asyncio.Event()
        for name, address, other, other_address in (
            ("SENDER", OUTSIDE, "RECEIVER", INSIDE),
            ("RECEIVER", INSIDE, "SENDER", OUTSIDE),
        ):
            dump(configuration(name, address, other, other_address), directory / f"{name}.yaml")

    async def start(self, name: str) -> None:
        command = [sys.executable, "-m", "mta_emu", "serve", f"{self.directory / name}.yaml"]
        command += ["--data", str(self.directory / name), "--json"]
        files = HostFiles(self.directory / name)
        self.hosts[name] = Host.start(name, command, self.directory, files, RECORDS, self._hear)
        await self.until(lambda: bool(self.hosts[name].records))

    async def kill(self, name: str) -> None:
        self.hosts[name].send_signal(signal.SIGKILL)
        await self.hosts[name].ended.wait()
        with pytest.raises(HostFailedError, match=f"status {-signal.SIGKILL}"):
            self.hosts[name].check()

    def _hear(self, host: str, record: Record) -> None:
        self.happened.set()

    async def something(self) -> None:
        """Wait until an MTA says something, but not for long: not all that changes is said."""
        self.happened.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await self.happened.wait()

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not ready():
                await self.something()

    def transferred(self, name: str) -> int:
        return len(of_kind(Transfer, self.hosts[name].records))

    async def settle(self) -> None:
        """Wait until both MTAs have come to rest with empty queues."""
        rest = Rest()
        async with asyncio.timeout(PATIENCE):
            while True:
                statuses = {name: await status(self.directory / name) for name in self.hosts}
                if rest.reached(statuses) and not any(each.queued for each in statuses.values()):
                    return
                await self.something()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    pair = Pair(tmp_path)
    for name in ("SENDER", "RECEIVER"):
        await pair.start(name)
    yield pair
    for host in pair.hosts.values():
        await host.stop()


@pytest.mark.parametrize("victim", ["SENDER", "RECEIVER"])
async def test_every_message_is_delivered_and_reported_exactly_once(
    pair: Pair, victim: str
) -> None:
    request = {
        "command": "submit",
        "from": "C=US;A= ;P=Contoso;O=SENDER;S=Jones",
        "to": ["C=US;A= ;P=Contoso;O=RECEIVER;S=Smith"],
        "subject": "Drain",
        "text": "x" * 1000,
        "count": MESSAGES,
        "report": "delivery",
    }
    sent: list[str] = []
    in_the_middle = False
    while not in_the_middle:  # on a busy machine the kill may come after the drain
        submitting = asyncio.create_task(ask(pair.directory / "SENDER", request))
        if victim == "SENDER":
            await submitting
        await pair.until(lambda: pair.transferred(victim) >= MESSAGES // 4)
        await pair.kill(victim)
        in_the_middle = pair.transferred(victim) < MESSAGES
        await pair.start(victim)
        sent += (await submitting)["mts_identifiers"]
        await pair.settle()
    delivered = Counter(
        mail.mts_identifier for mail in Store.reader(pair.directory / "RECEIVER").mailbox.read()
    )
    assert delivered == Counter(sent)
    assert len(delivered) == len(sent) >= MESSAGES
    told = Store.reader(pair.directory / "SENDER").reports.read()
    assert Counter(each.subject_identifier for each in told) == Counter(sent)
