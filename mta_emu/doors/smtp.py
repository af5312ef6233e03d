"""The SMTP door: any mail client can feed the MTA, and reads what came in a Maildir.

Addresses are mapped as RFC 2156 has it (mta_emu/mts/mixer.py); `mail_in.py` makes a submission of a
mail, `mail_out.py` a mail of what was delivered. aiosmtpd because it runs on the MTA's own event
loop.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import AnyStr

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from aiosmtpd.smtp import log as aiosmtpd_log

from labkit.addresses import End, at
from labkit.loop import Breaks
from labkit.sockets import listening_socket
from labkit.text import visible
from mta_emu.doors import mail_in
from mta_emu.doors.maildir import serve_maildir
from mta_emu.mta.clients import served
from mta_emu.mta.configuration.server import SmtpDoor
from mta_emu.mta.dispatch.request import MAX_RECIPIENTS
from mta_emu.mta.log.records import DoorOpen
from mta_emu.mta.mta import Mta
from mta_emu.mts import mixer
from mta_emu.mts.oraddress import ORAddress

_MAX_SIZE = 32 << 20  # octets of a mail
_MAX_SESSIONS = 100  # at once
_TIMEOUT = 60.0  # wall seconds that a client may say nothing
_LONGEST_REPLY = 400  # characters; RFC 5321 4.5.3.1.5 has 512 octets


class Gateway:
    """Takes mail at one MTA; aiosmtpd's handler. Every reply is ASCII (RFC 5321 4.2)."""

    def __init__(self, mta: Mta, door: SmtpDoor) -> None:
        self._mta = mta
        self._gateway = door.gateway
        domain = mta.config.server.global_domain
        self._home = ORAddress(domain.country, domain.administration_domain, domain.private_domain)

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """MAIL FROM: an originator, kept as an O/R address."""
        try:
            envelope.mail_from = str(self._or_address(address))
        except ValueError as error:
            return _reply("553 5.1.7", error)
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """RCPT TO: a recipient, kept as an O/R address."""
        if len(envelope.rcpt_tos) == MAX_RECIPIENTS:
            return f"452 4.5.3 {MAX_RECIPIENTS} recipients are the most"
        try:
            envelope.rcpt_tos.append(str(self._or_address(address)))
        except ValueError as error:
            return _reply("550 5.1.1", error)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """DATA: submit; the answer comes when the message is on the disk."""
        try:
            identifier = await self._submit(envelope)
        except ValueError as error:
            full = self._mta.store.disk.full
            return _reply("452 4.3.1" if full else "554 5.6.0", error)
        return _reply("250 2.0.0", identifier)

    async def handle_exception(self, error: Exception) -> str:
        """What is wrong with this door, and not with the mail: the client tries again."""
        return _reply("451 4.3.0", f"{type(error).__name__}: {error}")

    async def _submit(self, envelope: Envelope) -> str:
        """Submit as the control socket does; the MTS identifier."""
        mail = await asyncio.to_thread(mail_in.read, _octets(envelope))
        request = mail.fields | {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
        }
        if mail.files:
            request["files"] = [
                {"name": name, "length": len(octets)} for name, octets in mail.files
            ]
            request["file_length"] = sum(len(octets) for _, octets in mail.files)
            reply = await self._mta.uploads["submit_files"](request, _one_by_one(mail))
        else:
            reply = await self._mta.commands["submit"](request)
        return str(reply["mts_identifiers"][0])

    def _or_address(self, address: str) -> ORAddress:
        local, _, domain = address.rpartition("@")
        if not local:
            raise ValueError(f"{address or '<>'}: not LOCAL@DOMAIN")
        return mixer.from_mailbox(_unquoted(local), domain, self._gateway, self._home)


def _reply(code: str, text: object) -> str:
    """A reply on one line, in ASCII."""
    plain = visible(" ".join(str(text).split())).encode("ascii", "backslashreplace").decode()
    return f"{code} {plain[:_LONGEST_REPLY]}"


async def _one_by_one(mail: mail_in.Incoming) -> AsyncIterator[bytes]:
    for _, octets in mail.files:
        yield octets


def _octets(envelope: Envelope) -> bytes:
    content = envelope.original_content or b""
    return content if isinstance(content, bytes) else content.encode()


def _unquoted(local: str) -> str:
    """A local part without the quotes of RFC 5321 4.1.2."""
    if len(local) < 2 or not local.startswith('"') or not local.endswith('"'):
        return local
    return re.sub(r"\\(.)", r"\1", local[1:-1])


class _Session(SMTP):
    """A session of a client; beyond so many at once they are asked to come again."""

    open = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a session."""
        type(self).open += 1
        super().connection_made(transport)
        if self.open > _MAX_SESSIONS and isinstance(transport, asyncio.Transport):
            transport.write(b"421 4.3.2 too many sessions at once\r\n")
            transport.close()

    async def push(self, status: AnyStr) -> None:
        """Reply; others may work before the next command, of which many may have come."""
        await super().push(status)
        await asyncio.sleep(0)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """DATA: take a mail of any number of lines, in pieces, and reply what becomes of it."""
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            self.envelope.original_content = await self._mail()
        except ValueError as error:
            status = str(error)
        else:
            status = await self.event_handler.handle_DATA(self, self.session, self.envelope)
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)

    async def _mail(self) -> bytes:
        """The octets of a mail, all read. Raises ValueError, whose text is the reply."""
        mail, breaks, wrong, begins = bytearray(), Breaks(), "", True
        while True:
            try:
                line = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as error:
                await self._reader.read(error.consumed)
                wrong, begins = wrong or "500 Line too long (see RFC5321 4.5.3.1.6)", False
                continue
            if begins and line == b".\r\n":
                break
            begins = True
            if len(mail) + len(line) > _MAX_SIZE:
                wrong = wrong or "552 Error: Too much mail data"
            if wrong:
                mail.clear()
            else:
                mail += line.removeprefix(b".")
            await breaks.take()
        if wrong:
            raise ValueError(wrong)
        return bytes(mail)

    def connection_lost(self, error: Exception | None) -> None:
        """End it."""
        type(self).open -= 1
        super().connection_lost(error)


@asynccontextmanager
async def serve_smtp(mta: Mta, door: SmtpDoor) -> AsyncIterator[None]:
    """Serve SMTP while the block runs. Raises OSError when the address cannot be had."""
    aiosmtpd_log.disabled = True  # it would write what clients say to standard error as it is
    gateway = Gateway(mta, door)
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return _Session(
            gateway,
            hostname=door.gateway,
            data_size_limit=_MAX_SIZE,
            timeout=_TIMEOUT,
            loop=loop,
        )

    async with AsyncExitStack() as open_parts:
        listening = listening_socket(End(door.address, door.port))
        open_parts.enter_context(served(listening, session, mta.journal.publish, "smtp door"))
        if door.maildir:
            await open_parts.enter_async_context(serve_maildir(mta, door.maildir, door.gateway))
        mta.journal.publish(DoorOpen("smtp", at(door.address, door.port)))
        yield
