"""The SMTP door: any mail client can feed the MTA, and reads what came in a Maildir.

Addresses are mapped as RFC 2156 has it (mta_emu/mts/mixer.py); a mail becomes an interpersonal
message, and the other way round. aiosmtpd because it runs on the MTA's own event loop.
"""

import asyncio
import mailbox
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from labkit.records import Record
from mta_emu.mta.configuration.server import SmtpDoor
from mta_emu.mta.log.records import Delivered, DoorOpen
from mta_emu.mta.mta import Mta
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mts import ipm, mixer, pieces
from mta_emu.mts.ipm.attachments import files
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.names import Recipient
from mta_emu.mts.ipm.notification import Notification
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.errors import ProtocolError

_MAX_SIZE = 32 << 20  # octets of a mail
_FILE_TYPE = ("application", "octet-stream")
_POSITION = "delivered-up-to"  # the file in the Maildir that has the last number delivered

#: The header Priority (RFC 2156 5.3.6) and the priorities of X.411.
_PRIORITIES = {"urgent": "urgent", "normal": "normal", "non-urgent": "non-urgent"}


class Gateway:
    """Maps between mail and interpersonal messages at one MTA; aiosmtpd's handler."""

    def __init__(self, mta: Mta, door: SmtpDoor) -> None:
        self._mta = mta
        self._gateway = door.gateway
        domain = mta.config.server.global_domain
        self._home = ORAddress(domain.country, domain.administration_domain, domain.private_domain)

    # From mail to messages

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """MAIL FROM: an originator."""
        try:
            self._or_address(address)
        except ValueError as error:
            return f"553 5.1.7 {error}"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """RCPT TO: a recipient."""
        try:
            self._or_address(address)
        except ValueError as error:
            return f"550 5.1.1 {error}"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """DATA: submit; the answer comes when the message is on the disk."""
        try:
            reply = await self._submit(envelope)
        except ValueError as error:
            if self._mta.store.disk.full:
                return f"452 4.3.1 {error}"
            return f"554 5.6.0 {error}"
        return f"250 2.0.0 {reply['mts_identifiers'][0]}"

    async def _submit(self, envelope: Envelope) -> dict[str, Any]:
        """Submit as the control socket does: the text, and what else the mail has as files."""
        mail = message_from_bytes(_octets(envelope), policy=SMTP_POLICY)
        if not isinstance(mail, EmailMessage):
            raise ValueError("not a mail")
        body, files = mail.get_body(("plain",)), list(_files(mail))
        if body is None and not files:
            raise ValueError("no plain text and no file in it: nothing that travels here")
        priority = str(mail.get("Priority", "normal")).strip().lower()
        request = {
            "from": str(self._or_address(envelope.mail_from or "")),
            "to": [str(self._or_address(each)) for each in envelope.rcpt_tos],
            "subject": str(mail.get("Subject", "")),
            "text": body.get_content() if body else "",
            "priority": _PRIORITIES.get(priority, "normal"),
        }
        if not files:
            return await self._mta.commands["submit"](request)
        request["files"] = [{"name": name, "length": len(octets)} for name, octets in files]
        request["file_length"] = sum(len(octets) for _, octets in files)
        return await self._mta.uploads["submit_files"](request, _one_by_one(files))

    def _or_address(self, address: str) -> ORAddress:
        local, _, domain = address.rpartition("@")
        if not local:
            raise ValueError(f"{address or '<>'}: not LOCAL@DOMAIN")
        return mixer.from_mailbox(_unquoted(local), domain, self._gateway, self._home)

    # From messages to mail

    def mail(self, delivered: Mail) -> EmailMessage:
        """A message that was delivered here, as a mail; what cannot be read is attached."""
        content = self._mta.store.contents.read(delivered.message, 0, delivered.content_length)
        made = EmailMessage(SMTP_POLICY)
        made["Date"] = format_datetime(delivered.time)
        made["X400-MTS-Identifier"] = delivered.mts_identifier
        try:
            message = ipm.decode(content)
            originator, recipients = self._from_and_to(message)
            recipient = self._address(ORAddress.parse(delivered.recipient))
        except (ProtocolError, ValueError):
            made.set_content(content, *_FILE_TYPE)
            return made
        made["Delivered-To"] = str(recipient)
        if originator:
            made["From"] = originator
        if recipients:
            made["To"] = recipients
        made["Subject"] = " ".join(message.subject.split())
        parts = message.body if isinstance(message, InterpersonalMessage) else (message,)
        read = [part for part in parts if not isinstance(part, File | BilaterallyDefined)]
        made.set_content("\n".join(part.text for part in read))
        if isinstance(message, InterpersonalMessage):
            for name, octets in files(message):
                made.add_attachment(
                    b"".join(map(bytes, pieces.of(octets))), *_FILE_TYPE, filename=name
                )
        return made

    def _from_and_to(
        self, message: InterpersonalMessage | Notification
    ) -> tuple[Address | None, list[Address]]:
        """The originator and the primary recipients that have O/R names."""
        recipients: tuple[Recipient, ...] = ()
        if isinstance(message, Notification):
            originator = message.originator
        else:
            originator, recipients = message.heading.originator, message.heading.recipients
        named = originator.formal_name if originator else None
        names = (each.descriptor.formal_name for each in recipients)
        return (self._address(named) if named else None), [
            self._address(name) for name in names if name
        ]

    def _address(self, address: ORAddress) -> Address:
        local, domain = mixer.to_mailbox(address, self._gateway)
        return Address(username=local, domain=domain)


def _files(mail: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """What is attached to a mail: names and octets; what has no name gets a number."""
    for number, part in enumerate(mail.iter_attachments(), 1):
        octets = part.get_payload(decode=True)  # None: it has parts of its own, as a mail has
        whole = octets if isinstance(octets, bytes) else part.as_bytes()
        yield part.get_filename(f"file{number}"), whole


async def _one_by_one(files: list[tuple[str, bytes]]) -> AsyncIterator[bytes]:
    for _, octets in files:
        yield octets


def _octets(envelope: Envelope) -> bytes:
    content = envelope.original_content or b""
    return content if isinstance(content, bytes) else content.encode()


def _unquoted(local: str) -> str:
    """A local part without the quotes of RFC 5321 4.1.2."""
    if len(local) < 2 or not local.startswith('"') or not local.endswith('"'):
        return local
    plain = local[1:-1]
    return plain.replace('\\"', '"').replace("\\\\", "\\")


class Mailboxes:
    """A Maildir that gets everything delivered here, once."""

    def __init__(self, mta: Mta, gateway: Gateway, path: Path) -> None:
        self._mta = mta
        self._gateway = gateway
        self._maildir = mailbox.Maildir(path)
        self._position = path / _POSITION

    def hear(self, record: Record) -> None:
        """Deliver soon after the journal told of mail; a Maildir that fails holds up nobody."""
        if isinstance(record, Delivered):
            asyncio.get_running_loop().call_soon(self.deliver)

    def deliver(self) -> None:
        """Put what has not been put there yet; a mail that was cut short by a kill comes again."""
        done = int(self._position.read_text()) if self._position.exists() else 0
        for delivered in self._mta.store.mailbox.read(after=done):
            self._maildir.add(self._gateway.mail(delivered).as_bytes())
            self._position.write_text(str(delivered.id))


@asynccontextmanager
async def serve_smtp(mta: Mta, door: SmtpDoor) -> AsyncIterator[None]:
    """Serve SMTP while the block runs. Raises OSError when the address cannot be had."""
    gateway = Gateway(mta, door)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(gateway, hostname=door.gateway, data_size_limit=_MAX_SIZE, loop=loop),
        str(door.address),
        door.port,
    )
    mailboxes = Mailboxes(mta, gateway, door.maildir) if door.maildir else None
    if mailboxes:
        mailboxes.deliver()
        mta.journal.listen(mailboxes.hear)
    mta.journal.publish(DoorOpen("smtp", f"{door.address}:{door.port}"))
    try:
        yield
    finally:
        server.close()
        if mailboxes:
            mta.journal.leave(mailboxes.hear)
            mailboxes.deliver()
