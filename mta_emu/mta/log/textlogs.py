"""Diagnostics logging as text files in the MTA's data directory (Q165111, Q165279).

Ev0.log has the events, as soon as any category is turned up; wirelogs.py has the other two. A file
that has grown too long becomes Ev1.log, and so on.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from labkit.clock import LabClock
from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.events import Event
from mta_emu.mta.log.rollinglog import RollingLog

if TYPE_CHECKING:
    from mta_emu.mta.log.wirelogs import WireLogs


class TextLogs:
    """The text logs that diagnostics logging asks for."""

    def __init__(self, directory: Path, config: DiagnosticsLogging, clock: LabClock) -> None:
        """Write into `directory`."""
        self._clock = clock
        turned_up, octets = config.turned_up, config.text_log_octets
        self._events = RollingLog(directory, "Ev", octets) if turned_up else None
        self.wire: WireLogs | None = None  # a tap on the sockets, where it is asked for
        if config.shows_the_wire:
            from mta_emu.mta.log import wirelogs  # noqa: PLC0415, it needs all that reads captures

            self.wire = wirelogs.WireLogs(directory, config, clock)

    def event(self, event: Event) -> None:
        """Write an event to Ev0.log."""
        if self._events:
            now = self._clock.now().isoformat(timespec="milliseconds")
            self._events.write(
                f"{now} {event.type} {event.id} [{event.category}] {event.description}"
            )

    def close(self) -> None:
        """Close the files. Raises what was wrong with something before."""
        if self._events:
            self._events.close()
        if self.wire:
            self.wire.close()
