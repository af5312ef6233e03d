"""Plays a topology on a running lab: sends its mail, waits for rest, and keeps what was said."""

import asyncio
from functools import partial

from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError
from labkit.records import Record
from mta_emu.mta.controlclient import ControlError, Message, ask, status
from mta_emu.mta.log.records import Delivered, EventLogged
from mta_emu.mta.log.status import MtaStatus
from mta_lab.lab.directory import Lab
from mta_lab.play.audience import Audience
from mta_lab.play.hosts import Hosts
from mta_lab.play.process import HostFailedError, NotInTimeError
from mta_lab.play.settled import Rest, moving
from mta_lab.topology.faults import Fault
from mta_lab.topology.play import Awaited, Mail, PlayStep
from mta_lab.verdict.flows import SentMail
from mta_lab.verdict.result import STEP_SUCCEEDS, Difference


class Player:
    """Carries out the steps of a topology and takes down what is not as it should be."""

    def __init__(self, lab: Lab, hosts: Hosts, audience: Audience) -> None:
        """Play on `hosts`, which `play` starts."""
        self._audience = audience
        self.sent_mail: list[SentMail] = []
        self.differences: list[Difference] = []
        self._tapped = False
        self._ends: list[asyncio.Task[None]] = []
        self._lab = lab
        self._hosts = hosts

    async def play(self, *, tapped: bool) -> None:
        """Start the hosts and carry out the steps, up to the first that fails.

        Raises ConfigurationError when a host refuses its configuration.
        """
        where, self._tapped = "start", tapped
        try:
            await self._hosts.start(tapped=tapped)
            for number, step in enumerate(self._lab.topology.play):
                where = f"play.{number}"
                await self._audience.before(number, step)
                await self.step(where, step)
            await self._audience.over()
        except HostFailedError as error:
            if error.status == EXIT_BAD_CONFIGURATION:
                raise ConfigurationError(str(error)) from error
            self._differs(where, "hosts that run", error)
        except (NotInTimeError, ControlError) as error:
            self._differs(where, STEP_SUCCEEDS, error)

    async def stop(self) -> None:
        """End the hosts; faults that still last go with the network."""
        for end in self._ends:
            end.cancel()
        for error in await self._hosts.stop():
            self._differs("end", "hosts that end", error)

    def _differs(self, where: str, expected: object, observed: object) -> None:
        seen = str(observed) if isinstance(observed, Exception) else observed
        self.differences.append(Difference(where=where, expected=expected, observed=seen))

    # Steps

    async def step(self, where: str, step: PlayStep) -> None:
        """Carry out a step on hosts that were started; `where` names it in what differs.

        Raises NotInTimeError, HostFailedError, ControlError, and ConfigurationError for a setting
        or fault that cannot be.
        """
        if step.send is not None:
            await self._send(step.send)
        if step.awaited is not None:
            await self._await(step.awaited)
        if step.settings is not None:
            await self._hosts.change(step.settings)
        if step.restart is not None:
            await self._hosts.restart(step.restart, tapped=self._tapped)
        if step.fault is not None:
            await self._disturb(step.fault)
        for name, expected in (step.queued or {}).items():
            found = (await self._status(name)).queued
            if found != expected:
                self._differs(f"{where}.queued.{name}", expected, found)

    async def _disturb(self, fault: Fault) -> None:
        """Bring a fault about; the play goes on while it lasts."""
        await self._hosts.disturb(fault)
        if fault.lasting:
            self._ends.append(asyncio.create_task(self._end(fault, fault.lasting)))

    async def _end(self, fault: Fault, lab_seconds: float) -> None:
        await self._lab.clock.sleep(lab_seconds)
        await self._hosts.relieve(fault)

    async def _send(self, mail: Mail) -> None:
        recipient = self._lab.topology.mailbox(mail.to)
        reply = await self._ask(mail.at, {"command": "submit", **mail.request})
        identifiers = tuple(reply["mts_identifiers"])
        self.sent_mail.append(SentMail(mail.at, str(recipient), identifiers, mail.probe))

    async def _await(self, awaited: Awaited) -> None:
        if awaited.at is not None:
            await self._happening(awaited, awaited.at)
        elif awaited.seconds is not None:
            await self._lab.clock.sleep(awaited.seconds)
            self._hosts.check()
        elif (program := awaited.ended) is not None:
            over = partial(self._hosts.has_ended, program)
            await self._hosts.until(over, lambda: f"{program} has not ended")
        else:
            await self._settled()

    async def _happening(self, awaited: Awaited, mta: str) -> None:
        records, wanted = self._hosts.records[mta], awaited.delivered or 1

        def happened(record: Record) -> bool:
            if awaited.event is not None:
                return isinstance(record, EventLogged) and record.id == awaited.event
            return isinstance(record, Delivered)

        event = awaited.event is not None
        what = f"logged event {awaited.event}" if event else f"delivered {wanted} messages"
        await self._hosts.until(
            lambda: sum(map(happened, records)) >= wanted, lambda: f"{mta} has not {what}"
        )

    async def _settled(self) -> None:
        rest = Rest()
        statuses: dict[str, MtaStatus] = {}
        async with self._hosts.patience(lambda: f"not settled: {moving(statuses)}"):
            while True:
                for name in self._lab.topology.mtas:
                    statuses[name] = await self._status(name)
                if rest.reached(statuses):
                    return
                if not all(each.settled for each in statuses.values()):
                    await self._hosts.something()

    async def _status(self, mta: str) -> MtaStatus:
        return await status(self._lab.files(mta).data)

    async def _ask(self, mta: str, request: Message) -> Message:
        return await ask(self._lab.files(mta).data, request)
