"""Predicts the mail of a topology: every two MTAs, the first with mail for the second."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from mta_emu.mta.configuration.recipients import Mailbox
from mta_emu.mta.policy.routing import leads
from mta_emu.mts.oraddress import ORAddress
from mta_lab.rehearsal.call import World
from mta_lab.rehearsal.mail import Message, first_message
from mta_lab.rehearsal.prediction import Prediction
from mta_lab.topology.files import Topology
from mta_lab.topology.play import Mail


def predict(topology: Topology, now: datetime) -> list[Prediction]:
    """Predict the first message of every pair, each with empty queues, at lab time `now`."""
    world = World(topology)
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
    users = {name: user for name in topology.mtas if (user := _user(topology, name))}
    for sender, originator in users.items():
        for receiver, recipient in users.items():
            if leads(topology.mtas[sender], recipient):
                found.setdefault((sender, receiver), Message(originator, recipient))
    return {
        (sender, receiver): message
        for (sender, receiver), message in found.items()
        if not topology.mtas[sender].server.delivers_to(message.recipient)
    }


def message_of(sent: Mail) -> Message:
    """The message that a step of a play sends."""
    return Message(sent.sender, sent.to)


def _user(topology: Topology, name: str) -> ORAddress | None:
    """An address of somebody at an MTA."""
    candidates = map(_somebody, topology.mtas[name].server.mailboxes)
    return next((each for each in candidates if topology.mailbox(each) == name), None)


def _somebody(mailbox: Mailbox) -> ORAddress:
    """An address in a mailbox's address space: what it leaves open is of no account."""
    wild = [name for name, value in vars(mailbox.pattern).items() if value == "*"]
    anything: dict[str, Any] = dict.fromkeys(wild, "X")
    address = replace(mailbox.pattern, **anything)
    return address if address.surname else replace(address, surname="Somebody")
