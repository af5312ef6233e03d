"""What a running MTA is asked by users and its operator, by the control socket and the doors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from labkit.clock import LabClock
from mta_emu.mta.association.content import ContentWriter, filled
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.controlclient import Message
from mta_emu.mta.dispatch.dispatcher import Dispatcher
from mta_emu.mta.dispatch.submission import Submission
from mta_emu.mta.policy.gwart import gwart
from mta_emu.mta.policy.routing import answer, leads
from mta_emu.mta.store.database import UnavailableError
from mta_emu.mta.store.store import Store
from mta_emu.mts.envelope import Envelope

Command = Callable[[Message], Awaitable[Message]]
UploadCommand = Callable[[Message, AsyncIterator[bytes]], Awaitable[Message]]


class Requests:
    """Carries out requests; each raises ValueError that says what is wrong with it."""

    def __init__(
        self,
        config: Callable[[], MtaConfig],
        clock: LabClock,
        store: Store,
        dispatcher: Dispatcher,
        status: Callable[[], Message],
        waiting: Callable[[], frozenset[str]],
    ) -> None:
        """`config` gives the configuration that holds, `waiting` whose open retry timers run."""
        self._config = config
        self._clock = clock
        self._store = store
        self._dispatcher = dispatcher
        self._status = status
        self._waiting = waiting

    @property
    def commands(self) -> Mapping[str, Command]:
        """The requests, by name."""
        return {
            "submit": self._submit,
            "cancel": self._cancel,
            "status": self._answer_status,
            "routes": self._routes,
            "explain": self._explain,
        }

    @property
    def uploads(self) -> Mapping[str, UploadCommand]:
        """Those that come with files."""
        return {"submit_files": self._submit_files}

    async def _answer_status(self, _: Message) -> Message:
        """How the queues stand, and whether anything moves."""
        return self._status()

    async def _routes(self, _: Message) -> Message:
        """The routing table."""
        return {"lines": list(gwart(self._config()))}

    async def _explain(self, request: Message) -> Message:
        """Which way a message would take now."""
        return answer(self._config(), request, self._clock.now(), self._waiting())

    async def _submit(self, request: Message) -> Message:
        """Take interpersonal messages or probes from a user of this MTA."""
        submission = self._submission(request)
        if submission.files:
            raise ValueError("files come with submit_files")
        await self._store.disk.ready()
        identifiers: list[str] = []
        for number in range(1, submission.count + 1):
            try:
                identifiers.append(await self._submit_one(submission, number))
            except UnavailableError as error:
                taken = f"{number - 1} of {submission.count} messages were taken"
                raise ValueError(f"{error}; {taken}") from error
            await asyncio.sleep(0)  # others may work while many are submitted
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

    async def _submit_files(self, request: Message, octets: AsyncIterator[bytes]) -> Message:
        """Take an interpersonal message with files, which are kept while they come."""
        submission = self._submission(request)
        if sum(length for _, length in submission.files) != request["file_length"]:
            raise ValueError("file_length: must be that of all files together")
        await self._store.disk.ready()
        content = ContentWriter(self._store)
        try:
            identifier = self._dispatcher.new_identifier()
            head, pieces = submission.compose(1, identifier)
            async for part in filled(pieces, octets):
                content.write(part)
            message = content.close()
            await self._dispatcher.take(Arrived(head, content.length, message, content.length))
        except (UnavailableError, ConnectionError) as error:
            content.discard()
            raise ValueError(str(error)) from error
        await self._store.secure()
        return {"mts_identifiers": [str(identifier)]}

    def _submission(self, request: Message) -> Submission:
        """Read what is to be submitted. Raises ValueError, also when it could not leave."""
        config = self._config()
        wanted = config.server.registry.request_return_of_content
        submission = Submission.parse(request, self._clock.now(), return_content=wanted)
        assigned = submission.alternate_allowed and config.server.alternate_recipient
        if submission.alternate or assigned:
            return submission
        for recipient in submission.recipients:
            if not leads(config, recipient):
                raise ValueError(f"no mailbox here and no connector for {recipient}")
        return submission

    async def _submit_one(self, submission: Submission, number: int) -> str:
        identifier = self._dispatcher.new_identifier()
        head, pieces = submission.compose(number, identifier)
        if not isinstance(head, Envelope):
            await self._dispatcher.take(Arrived(head, 0))
            return str(identifier)
        content = b"".join(map(bytes, pieces))
        length, message = len(content), self._store.contents.keep(content)
        try:
            await self._dispatcher.take(Arrived(head, length, message, length))
        except UnavailableError:
            self._store.when_possible(lambda: self._store.contents.forget(message))
            raise
        return str(identifier)
