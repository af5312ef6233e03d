"""Logs events: in the database, in Ev0.log, and as records."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from labkit.clock import LabClock
from labkit.reason import Reason
from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.events import DEFINITIONS, Event, event
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import EventLogged
from mta_emu.mta.log.repeats import Key, Repeats, is_published
from mta_emu.mta.log.textlogs import TextLogs
from mta_emu.mta.store.store import Store


class EventLogger:
    """Logs the events of an MTA, as far as diagnostics logging is turned up to them."""

    def __init__(
        self,
        diagnostics: Callable[[], DiagnosticsLogging],
        clock: LabClock,
        store: Store,
        text_logs: TextLogs,
        journal: Journal,
    ) -> None:
        """`diagnostics` gives the page that holds."""
        self._diagnostics = diagnostics
        self._clock = clock
        self._store = store
        self._text_logs = text_logs
        self._journal = journal
        self._repeats = Repeats()
        self._lines: dict[Key, int] = {}  # in the database, of those that stand for repeats

    def log(self, number: int, why: Reason | None = None, **values: object) -> None:
        """Log an event with the values that its text asks for, and why it came about."""
        if not self._diagnostics().logs(DEFINITIONS[number]):
            return
        connector, now = str(values.get("dn", "")).rpartition("=")[2], self._clock.now()
        key = number, connector
        repeat = self._repeats.number(key, now)
        logged = replace(event(number, why, **values), repeats=repeat)
        with self._journal.guarded("event log"), suppress(sqlite3.Error):  # which ends the MTA
            self._store.when_possible(lambda: self._keep(key, logged, now))
        if not is_published(repeat):
            return
        with self._journal.guarded("text logs"):
            self._text_logs.event(logged)
        association = values.get("association")
        self._journal.publish(
            EventLogged(
                **vars(logged),
                connector=connector or None,
                association=association if isinstance(association, int) else None,
            )
        )

    def _keep(self, key: Key, logged: Event, now: datetime) -> None:
        events, (_, connector) = self._store.events, key
        if logged.repeats > 1 and events.repeat(self._lines[key], logged, now):
            return
        line = events.add(logged, now, connector)
        if logged.repeats:
            self._lines[key] = line
