"""Edits of Schedule pages: a connector that never calls, and one that lets nobody in."""

from collections.abc import Iterator

from mta_emu.mta.configuration.pages import Activation
from mta_lab.rehearsal.suggest.edit import Edit, Put
from mta_lab.rehearsal.suggest.stop import Connector, Stop


def activation(stop: Stop) -> Iterator[Edit]:
    """Let the caller call (Q190022), and the called MTA answer (Q169716)."""
    for connector in [stop.calling] if stop.calling else stop.leading():
        if connector.config.schedule.activation is not Activation.ALWAYS:
            yield _becomes(connector, Activation.ALWAYS)
    for connector in stop.answering():
        if connector.config.schedule.activation is Activation.NEVER:
            yield _becomes(connector, Activation.ALWAYS)
            yield _becomes(connector, Activation.REMOTE_INITIATED)
        elif connector.config.schedule.activation is Activation.REMOTE_INITIATED:
            yield _becomes(connector, Activation.ALWAYS)


def straight(stop: Stop) -> Iterator[Edit]:
    """Let another connector call, one that leads straight to the recipient's MTA."""
    for connector in stop.connectors(stop.caller):
        leads = stop.topology.called_by(stop.caller, connector.config) == stop.flow.receiver
        if leads and connector.config.schedule.activation is not Activation.ALWAYS:
            yield _becomes(connector, Activation.ALWAYS)


def _becomes(connector: Connector, activation: Activation) -> Edit:
    keys = (*connector.keys, "schedule", "activation")
    return Edit(
        f"{connector}: its activation is {activation.value}", (Put(keys, activation.value),)
    )
