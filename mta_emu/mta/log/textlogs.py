"""Diagnostics logging as text files in the MTA's data directory (Q165111, Q165279).

Ev0.log has the events, as soon as any category is turned up. Bf0.log (Interoperability) has what
was said on each association, by layers; Ap0.log (APDU) what the APDUs held. Both are read off the
octets on the sockets by the same code that reads captures, so that they show what was on the wire
and not what somebody meant to send. That takes seconds for an envelope with thousands of
recipients, and is done on a thread. A file that has grown too long becomes Ev1.log, and so on.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import NamedTuple

from labkit.clock import LabClock
from labkit.text import visible
from mta_emu.decode.association import Association
from mta_emu.decode.overheard import Overheard
from mta_emu.decode.steps import Layer, LayerName, Side, Step
from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.events import Category, Event, Level

_OLD_FILES = 9
_KILOBYTE = 1024
_MASK = "********"
_MOST_WAITING = 16 << 20  # octets that have not been read yet
_MOST_PIECES = 50_000  # in which they came: each takes some 300 octets, however short it is
_PATIENCE = 5.0  # wall seconds that the end of the MTA waits for what is still to be written
#: Wall seconds in which what is heard gathers: to wake the thread for each piece would cost more.
_TOGETHER = 0.01
_BEGINNINGS = ("open", "accept")
_LOST = "lost"  # what is recorded of an association whose octets there is no room for

#: The layers that Ap0.log shows, by its level.
_APDU_LAYERS = {
    Level.MINIMUM: (LayerName.MTS,),
    Level.MEDIUM: (LayerName.MTS,),
    Level.MAXIMUM: (LayerName.ACSE, LayerName.RTSE, LayerName.MTS),
}


class _Heard(NamedTuple):
    """What happened on a socket; see Tap."""

    ends: tuple[str, str]
    what: str
    octets: bytes
    now: datetime


class TextLogs:
    """The text logs that diagnostics logging asks for; a tap on the MTA's sockets."""

    def __init__(self, directory: Path, config: DiagnosticsLogging, clock: LabClock) -> None:
        """Write into `directory`."""
        size = config.text_log_size * _KILOBYTE
        self._clock = clock
        self._events = _RollingLog(directory, "Ev", size) if config.turned_up else None
        self._exchanges = [
            (_RollingLog(directory, name, size), render, config.level(category))
            for category, name, render in (
                (Category.INTEROPERABILITY, "Bf", _interoperability),
                (Category.APDU, "Ap", _apdus),
            )
            if config.level(category) is not Level.NONE
        ]
        self._thread = ThreadPoolExecutor(1, "text logs")
        self._heard: deque[_Heard] = deque()  # for the thread
        self._left_out: set[tuple[str, str]] = set()  # the ends of associations, from here on
        self._woken = False  # the thread, which has not yet begun with what was heard
        self._given = 0  # octets, to the thread
        self._problem: Exception | None = None  # of the thread, until it is raised here
        self._taken = 0  # octets, by the thread, which also has what follows
        self._associations: dict[tuple[str, str], Overheard] = {}

    def event(self, event: Event) -> None:
        """Write an event to Ev0.log."""
        if self._events:
            self._events.write(
                f"{self._now()} {event.type} {event.id} [{event.category}] {event.description}"
            )

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Write what somebody said on an association, soon; see Tap.

        Raises what was wrong with something before. When too much waits for the thread, the
        association is left out from there on.
        """
        if not self._exchanges:
            return
        ends, begins = (local, remote), what in _BEGINNINGS
        if begins or ends not in self._left_out:
            self._left_out.discard(ends)
            if self._given - self._taken > _MOST_WAITING or len(self._heard) > _MOST_PIECES:
                self._left_out.add(ends)
                what, octets = _LOST, b""
            self._given += len(octets)
            self._heard.append(_Heard(ends, what, octets, self._clock.now()))
            if not self._woken:
                self._woken = True
                self._thread.submit(self._take_all)
        elif what == "close":
            self._left_out.discard(ends)
        self._raise_problem()

    def _raise_problem(self) -> None:
        problem, self._problem = self._problem, None
        if problem:
            raise problem

    def _take_all(self) -> None:
        """Write on the thread what was heard, and what is heard right after it."""
        time.sleep(_TOGETHER)
        self._woken = False
        while self._heard:
            self._take(self._heard.popleft())
        for log, *_ in self._exchanges:
            try:
                log.write_out()
            except Exception as error:
                self._problem = error

    def _take(self, heard: _Heard) -> None:
        """Write it, and keep what that raises."""
        try:
            self._read(*heard)
        except Exception as error:
            self._associations.pop(heard.ends, None)  # what follows would not be understood
            self._problem = error
        self._taken += len(heard.octets)

    def _read(self, ends: tuple[str, str], what: str, octets: bytes, now: datetime) -> None:
        if what in _BEGINNINGS:
            self._associations[ends] = Overheard(*ends, we_call=what == "open")
        overheard = self._associations.get(ends)
        if overheard is None:
            return
        if what == _LOST:
            most = f"{_MOST_WAITING} octets wait, or {_MOST_PIECES} pieces"
            raise BufferError(f"more than {most}, to be read for the text logs")
        overheard.record(what, octets, int(now.timestamp() * 1e9))
        self._write(overheard.association, overheard.us, now.isoformat(timespec="milliseconds"))
        if what == "close":
            del self._associations[ends]

    def close(self) -> None:
        """Close the files, when the thread has written what waits, or has had its time for it.

        Raises what was wrong with something before.
        """
        with suppress(TimeoutError):
            self._thread.submit(lambda: None).result(_PATIENCE)
        self._thread.shutdown(wait=False, cancel_futures=True)
        for log in filter(None, (self._events, *(log for log, *_ in self._exchanges))):
            log.close()
        self._raise_problem()

    def _write(self, association: Association, us: Side, now: str) -> None:
        """Write what is new of an association."""
        local, remote = association.ends[us], association.ends[us.other]
        ways = {us: f"{now} {local} -> {remote}", us.other: f"{now} {local} <- {remote}"}
        steps = list(map(_without_password, association.steps))
        findings = [
            f"{ways[each.sender]} {each.severity.value}, {each.layer}: {each.text}"
            for each in association.findings
        ]
        for log, render, level in self._exchanges:
            lines = [
                f"{ways[step.sender]} {line}" for step in steps for line in render(step, level)
            ]
            log.add(*lines, *findings)
        association.steps.clear()
        association.findings.clear()
        association.notes.clear()

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds")


# Lines


def _interoperability(step: Step, level: Level) -> Iterator[str]:
    """A step of an association: at minimum its highest layer, above that all, with parameters."""
    *lower, top = step.layers
    yield _line(top)
    if level.reaches(Level.MEDIUM):
        for layer in reversed(lower):
            yield f"  {layer.name}: {_line(layer)}"
    if level.reaches(Level.MAXIMUM):
        for layer in reversed(step.layers):
            yield from _parameters(layer)


def _apdus(step: Step, level: Level) -> Iterator[str]:
    """The APDUs in a step: at minimum the MTAs' own, then what they hold, then everybody's."""
    for layer in step.layers:
        if layer.name in _APDU_LAYERS[level]:
            yield _line(layer)
            if level.reaches(Level.MEDIUM):
                yield from _parameters(layer)


def _line(layer: Layer) -> str:
    kind, _ = layer.kind.value
    name = " ".join(filter(None, (layer.primitive, kind)))
    pdu = f" ({layer.pdu})" if layer.pdu else ""
    return f"{name}{pdu}{': ' if layer.summary else ''}{layer.summary}"


def _parameters(layer: Layer) -> Iterator[str]:
    for name, value in layer.parameters.items():
        for each in value if isinstance(value, list) else [value]:
            yield f"  {layer.name} {name}: {each}"


def _without_password(step: Step) -> Step:
    return replace(step, layers=tuple(map(_masked, step.layers)))


def _masked(layer: Layer) -> Layer:
    password = layer.parameters.get("password")
    if not password:
        return layer
    parameters = layer.parameters | {"password": _MASK}
    return replace(layer, parameters=parameters, summary=layer.summary.replace(password, _MASK))


class _RollingLog:
    """A text file that makes room for itself: NAME0.log is moved to NAME1.log when it is full."""

    def __init__(self, directory: Path, name: str, size: int) -> None:
        self._at_once = size // 8  # characters, so that a file is no longer than it may be
        self._handler = _Handler(
            directory / f"{name}0.log",
            maxBytes=size,
            backupCount=_OLD_FILES,
            encoding="utf-8",
            delay=True,
        )
        self._handler.namer = lambda path: str(directory / f"{name}{path.rpartition('.')[2]}.log")
        self._together: list[str] = []  # lines that are not written yet
        self._length = 0  # of them, in characters

    def write(self, *lines: str) -> None:
        """Write lines, with those that were added before."""
        self.add(*lines)
        self.write_out()

    def add(self, *lines: str) -> None:
        """Write lines soon, several at once: each time a file is asked for its length and flushed.

        What is too much to be written at once is written meanwhile.
        """
        for line in map(visible, lines):
            if self._together and self._length + len(line) > self._at_once:
                self.write_out()
            self._together.append(line)
            self._length += len(line)

    def write_out(self) -> None:
        """Write what was added."""
        if self._together:
            text = "\n".join(self._together)
            self._together, self._length = [], 0
            self._handler.emit(logging.makeLogRecord({"msg": text}))

    def close(self) -> None:
        self._handler.close()


class _Handler(RotatingFileHandler):
    """Raises what it meets, and makes files that only their owner reads."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002
        """Raise it: whoever calls goes on without the line, and says so once."""
        raise  # noqa: PLE0704, it is called where an exception is handled

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(descriptor, "a", encoding="utf-8", errors="backslashreplace")
