"""What a running MTA is asked by users and its operator, by the control socket and the doors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TypeVar

from labkit.clock import LabClock
from mta_emu.mta.association.content import ContentWriter, filled
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.controlclient import Message
from mta_emu.mta.dispatch.dispatcher import Dispatcher
from mta_emu.mta.dispatch.receipt import Receipt, ReceiptRequest
from mta_emu.mta.dispatch.request import valid
from mta_emu.mta.dispatch.submission import Submission
from mta_emu.mta.log.status import MtaStatus
from mta_emu.mta.policy.gwart import gwart
from mta_emu.mta.policy.routing import answer, leads
from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.database import UnavailableError
from mta_emu.mta.store.store import Store
from mta_emu.mts import ipm
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.ipm import heading
from mta_emu.mts.pieces import Pieces
from mta_emu.mts.probe import Probe
from mta_emu.mts.values import Values
from mta_emu.osi.errors import ProtocolError

Command = Callable[[Message], Awaitable[Message]]
Result = TypeVar("Result")
_MANY = 100  # recipients that are looked at at once
_TOGETHER = 8  # messages of one request, to one recipient, that are kept in one commit
_SHORT = 8 << 10  # characters of a text

UploadCommand = Callable[[Message, AsyncIterator[bytes]], Awaitable[Message]]


class Requests:
    """Carries out requests; each raises ValueError that says what is wrong with it."""

    def __init__(
        self,
        config: Callable[[], MtaConfig],
        clock: LabClock,
        store: Store,
        dispatcher: Dispatcher,
        status: Callable[[], MtaStatus],
        connectors: Mapping[str, Connector],
    ) -> None:
        """`config` gives the configuration that holds; `connectors` are there now, by name."""
        self._config = config
        self._clock = clock
        self._store = store
        self._dispatcher = dispatcher
        self._status = status
        self._connectors = connectors

    @property
    def commands(self) -> Mapping[str, Command]:
        """The requests, by name."""
        return {
            "submit": self._submit,
            "cancel": self._cancel,
            "notify": self._notify,
            "status": self._answer_status,
            "routes": self._routes,
            "explain": self._explain,
            "call": self._call,
        }

    @property
    def uploads(self) -> Mapping[str, UploadCommand]:
        """Those that come with files."""
        return {"submit_files": self._submit_files}

    async def _answer_status(self, _: Message) -> Message:
        """How the queues stand, and whether anything moves."""
        return self._status().as_object()

    async def _routes(self, _: Message) -> Message:
        """The routing table."""
        return {"lines": list(gwart(self._config()))}

    async def _explain(self, request: Message) -> Message:
        """Which way a message would take now."""
        waiting = frozenset(name for name, each in self._connectors.items() if each.waiting)
        return answer(self._config(), request, self._clock.now(), waiting)

    async def _call(self, request: Message) -> Message:
        """Open an association of a connector now, whatever its retry timer says."""
        name = request["connector"]
        if name not in self._connectors:
            known = ", ".join(self._connectors) or "none"
            raise ValueError(f"no connector {name!r}; there are: {known}")
        association, state, reason = await self._connectors[name].call()
        return {"association": association, "state": state, "reason": str(reason)}

    async def _submit(self, request: Message) -> Message:
        """Take interpersonal messages or probes from a user of this MTA."""
        submission = await self._submission(request)
        if submission.files:
            raise ValueError("files come with submit_files")
        identifiers: list[str] = []
        taken = 0
        together = _together(submission)
        for first in range(1, submission.count + 1, together):
            await self._store.disk.ready()
            numbers = range(first, min(first + together, submission.count + 1))
            works = (self._submit_one(submission, number) for number in numbers)
            results = await asyncio.gather(*works, return_exceptions=True)
            errors = [each for each in results if isinstance(each, BaseException)]
            identifiers += chain(*(each for each in results if not isinstance(each, BaseException)))
            taken += len(results) - len(errors)
            for error in errors:
                if not isinstance(error, UnavailableError):
                    raise error
                why = f"{error}; {taken} of {submission.count} messages were taken"
                raise ValueError(why) from error
        await self._store.secure()
        return {"mts_identifiers": identifiers}

    async def _cancel(self, request: Message) -> Message:
        """Drop a message that was submitted here and waits for its deferred delivery time."""
        try:
            self._dispatcher.cancel(request["mts_identifier"])
        except UnavailableError as error:
            raise ValueError(str(error)) from error
        await self._store.secure()
        return {}

    async def _notify(self, request: Message) -> Message:
        """Send a notification of receipt or non-receipt about a message in the mailbox."""
        wanted = valid(ReceiptRequest, request)
        mail = self._store.mailbox.find(wanted.number)
        if mail is None:
            raise ValueError(f"{wanted.number}: no mail has this number")
        read = self._store.contents.reader(mail.message, mail.content_length)
        try:
            octets = ipm.heading_octets(Values(read, mail.content_length))
            found = await asyncio.to_thread(heading.decode, octets)
        except ProtocolError as error:
            raise ValueError(f"mail {wanted.number} is no message to notify of: {error}") from error
        receipt = Receipt.of(wanted, mail, found, self._clock.now())
        if not leads(self._config(), receipt.originator):
            raise ValueError(f"no mailbox here and no connector for {receipt.originator}")
        await self._store.disk.ready()
        identifier = self._dispatcher.new_identifier()
        try:
            kept = await self._keep((ipm.encode(receipt.notification),), _nothing())
            await self._take(receipt.envelope(identifier), *kept)
        except UnavailableError as error:
            raise ValueError(str(error)) from error
        await self._store.secure()
        return {"mts_identifiers": [str(identifier)]}

    async def _submit_files(self, request: Message, octets: AsyncIterator[bytes]) -> Message:
        """Take an interpersonal message with files, which are kept while they come."""
        submission = await self._submission(request)
        if sum(length for _, length in submission.files) != request["file_length"]:
            raise ValueError("file_length: must be that of all files together")
        await self._store.disk.ready()
        try:
            identifiers = await self._submit_one(submission, 1, octets)
        except (UnavailableError, ConnectionError) as error:
            raise ValueError(str(error)) from error
        await self._store.secure()
        return {"mts_identifiers": identifiers}

    async def _submission(self, request: Message) -> Submission:
        """Read what is to be submitted. Raises ValueError, also when it could not leave."""
        config = self._config()
        server, registry = config.server, config.server.registry
        wanted = registry.request_return_of_content
        read = partial(Submission.parse, request, self._clock.now(), return_content=wanted)
        submission = await _aside(read, _named(request))
        submission = replace(submission, ftbp_identifiers=registry.ftbp_identifiers)
        if registry.free_form_names:
            submission = submission.with_free_form_names()
        if registry.directory_names:
            submission = submission.from_directory(server.organization, server.site)
        assigned = submission.request.alternate_allowed and config.server.alternate_recipient
        if submission.alternate or assigned:
            return submission
        for number, recipient in enumerate(submission.recipients):
            if not leads(config, recipient):
                raise ValueError(f"no mailbox here and no connector for {recipient}")
            if number % _MANY == _MANY - 1:
                await asyncio.sleep(0)  # others may work meanwhile
        return submission

    async def _submit_one(
        self, submission: Submission, number: int, octets: AsyncIterator[bytes] | None = None
    ) -> list[str]:
        """Submit a message, and its blind copies as messages of their own; their identifiers.

        `octets` are those of its files, which the copies have from the message that was kept.
        """
        identifiers = [self._dispatcher.new_identifier()]
        many = len(submission.recipients)
        head, pieces = await _aside(partial(submission.compose, number, identifiers[0]), many)
        if not isinstance(head, Envelope):
            await self._dispatcher.take(Arrived(head, 0))
            return [str(identifiers[0])]
        copies = []
        for user in submission.blind:
            identifiers.append(self._dispatcher.new_identifier())
            relative = identifiers[0].local_identifier
            copy = partial(submission.compose, number, identifiers[-1], relative, user)
            copies.append(await _aside(copy, many))
        files = octets or _nothing()
        kept = await self._keep(pieces, files)
        stored = [kept]
        for _, anew in copies:
            stored.append(await self._keep(anew, self._files_in(kept, pieces)))
        for (each, _), (message, length) in zip([(head, pieces), *copies], stored, strict=True):
            await self._take(each, message, length)
        return list(map(str, identifiers))

    async def _keep(self, pieces: Pieces, files: AsyncIterator[bytes]) -> tuple[int, int]:
        """Keep a content; the number of the message, and how many octets it has."""
        content = ContentWriter(self._store)
        try:
            async for part in filled(pieces, files):
                content.write(part)
            return content.close(), content.length
        except (UnavailableError, ConnectionError):
            content.discard()
            raise

    async def _files_in(self, kept: tuple[int, int], pieces: Pieces) -> AsyncIterator[bytes]:
        """The octets of the files in a content that was kept."""
        at = 0
        for piece in pieces:
            if isinstance(piece, range):
                for start in range(at, at + len(piece), PIECE):
                    size = min(PIECE, at + len(piece) - start)
                    yield self._store.contents.read(kept[0], start, size)
            at += len(piece)

    async def _take(self, head: Envelope | Probe, message: int, length: int) -> None:
        try:
            await self._dispatcher.take(Arrived(head, length, message, length))
        except UnavailableError:
            self._store.when_possible(lambda: self._store.contents.forget(message))
            raise


def _together(submission: Submission) -> int:
    """How many messages of a request are kept in one commit: fewer when each takes longer."""
    short = len(submission.request.text) <= _SHORT
    return max(1, _TOGETHER // max(1, len(submission.recipients))) if short else 1


def _named(request: Message) -> int:
    """How many recipients a request names, whatever its form is."""
    users = (request.get(name) for name in ("to", "cc", "bcc"))
    return sum(len(each) for each in users if isinstance(each, list))


async def _aside(work: Callable[[], Result], recipients: int) -> Result:
    """Do what many recipients make long in a thread, and anything else at once."""
    return await asyncio.to_thread(work) if recipients > _MANY else work()


async def _nothing() -> AsyncIterator[bytes]:
    """No files."""
    return
    yield b""
