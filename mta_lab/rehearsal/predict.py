"""Predicts the mail of a topology: every two MTAs, the first with mail for the second."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from mta_emu.mta.configuration.addressspace import Domain
from mta_emu.mta.configuration.recipients import Mailbox
from mta_emu.mts.oraddress import ORAddress
from mta_lab.rehearsal.addressees import Patterns
from mta_lab.rehearsal.mail import Message, first_message
from mta_lab.rehearsal.prediction import Prediction
from mta_lab.rehearsal.world import World
from mta_lab.topology.faults import Faults
from mta_lab.topology.files import Topology
from mta_lab.topology.play import Mail, faults_at_start

NO_FAULTS = Faults()


def predict(topology: Topology, now: datetime, faults: Faults | None = None) -> list[Prediction]:
    """Predict the first message of every pair, each with empty queues, at lab time `now`.

    The networks have `faults`; left out, those with which the topology's play begins.
    """
    world = World(topology, faults=faults_at_start(topology.play) if faults is None else faults)
    return [
        first_message(world.again(), sender, receiver, message, now)
        for (sender, receiver), message in mail(topology).items()
    ]


def mail(topology: Topology) -> dict[tuple[str, str | None], Message]:
    """A message for each ordered pair of MTAs with mail between them.

    It is the first that the play sends; else one to the first mailbox there, if a connector of the
    sender's, at any time, leads to it. The second of a pair is None where nobody has a mailbox.
    """
    found: dict[tuple[str, str | None], Message] = {}
    for step in topology.play:
        if sent := step.send:
            pair = sent.at, topology.mailbox(sent.to)
            found.setdefault(pair, message_of(sent))
    users = _users(topology)
    receivers = _receivers(topology, users)
    for sender, originator in users.items():
        for receiver in receivers[sender]:
            found.setdefault((sender, receiver), Message(originator, users[receiver]))
    return {
        (sender, receiver): message
        for (sender, receiver), message in found.items()
        if not topology.mtas[sender].server.delivers_to(message.recipient)
    }


def message_of(sent: Mail) -> Message:
    """The message, or probe, that a step of a play sends."""
    return Message(sent.sender, sent.to, sent.probe)


def _users(topology: Topology) -> dict[str, ORAddress]:
    """An address of somebody at each MTA that is the first to have a mailbox for one."""
    mailboxes = Patterns(
        (mailbox.pattern, name)
        for name, mta in topology.mtas.items()
        for mailbox in mta.server.mailboxes
    )
    users: dict[str, ORAddress] = {}
    for name, mta in topology.mtas.items():
        for mailbox in mta.server.mailboxes:
            candidate = _somebody(mailbox, mta.server.global_domain)
            if name not in users and mailboxes.owners(candidate)[:1] == [name]:
                users[name] = candidate
    return users


def _receivers(topology: Topology, users: dict[str, ORAddress]) -> dict[str, list[str]]:
    """By MTA those whose user a connector of it, at any time, leads to."""
    leading = Patterns(
        (space.pattern, name)
        for name, mta in topology.mtas.items()
        for spaces in (
            *(connector.spaces for connector in mta.connectors),
            *(remote.address_space for remote in mta.remote_connectors),
        )
        for space in spaces
    )
    found: dict[str, list[str]] = {name: [] for name in topology.mtas}
    for receiver, recipient in users.items():
        for sender in leading.owners(recipient):
            found[sender].append(receiver)
    return found


def _somebody(mailbox: Mailbox, domain: Domain) -> ORAddress:
    """An address in a mailbox's address space: what that leaves open is the domain's, or any."""
    wild = [name for name, value in vars(mailbox.pattern).items() if value == "*"]
    anything: dict[str, Any] = dict.fromkeys(wild, "X")
    address = replace(mailbox.pattern, **anything)
    missing = {name: value for name, value in domain if not getattr(address, name)}
    return replace(address, **missing, surname=address.surname or "Somebody")
