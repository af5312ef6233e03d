"""When a run has come to rest: termination detection over what the MTAs say of themselves."""

from collections.abc import Mapping

from mta_emu.mta.log.status import MtaStatus

Statuses = Mapping[str, MtaStatus]  # by MTA


class Rest:
    """Watches sweeps over all MTAs.

    One sweep proves nothing: an MTA asked first may be woken by one asked later. When a second
    sweep finds every MTA still settled and no happening more than the first, nothing went from
    one to another between the questions (the double counting of distributed termination).
    """

    def __init__(self) -> None:
        self._work: int | None = None

    def reached(self, statuses: Statuses) -> bool:
        """Whether this sweep and the one before it show that nothing moves any more."""
        settled = all(status.settled for status in statuses.values())
        work = sum(status.work for status in statuses.values())
        at_rest = settled and work == self._work
        self._work = work if settled else None
        return at_rest


def moving(statuses: Statuses) -> str:
    """What was still going on, for people."""
    busy = [
        f"{name}: {_connectors(status)}" for name, status in statuses.items() if not status.settled
    ]
    return "; ".join(busy) or "happenings do not stop"


def _connectors(status: MtaStatus) -> str:
    return ", ".join(
        f"{connector.name} {connector.state} with {connector.queued} queued"
        for connector in status.connectors
    )
