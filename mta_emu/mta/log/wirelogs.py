"""What was said on associations, as text logs: Bf0.log and Ap0.log (Q165111, Q165279).

Bf0.log (Interoperability) has what was said on each association, by layers; Ap0.log (APDU) what the
APDUs held. Both are read off the octets on the sockets by the same code that reads captures, so
that they show what was on the wire and not what somebody meant to send. Whether that fits the state
of an association is not asked again: this MTA's own stack gives it up where it does not, and the
logs have its word for it. To read takes seconds for an envelope with thousands of recipients, and
is done on a thread.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from labkit.clock import LabClock
from mta_emu.decode.overheard import Overheard
from mta_emu.decode.steps import Layer, LayerName
from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.events import Category, Level
from mta_emu.mta.log.rollinglog import RollingLog

_MASK = "********"
_MOST_WAITING = 16 << 20  # octets that have not been read yet
_MOST_PIECES = 50_000  # in which they came: each takes some 300 octets, however short it is
_PATIENCE = 5.0  # wall seconds that the end of the MTA waits for what is still to be written
#: Wall seconds in which what is heard gathers: to wake the thread for each piece would cost more.
_TOGETHER = 0.05
_BEGINNINGS = ("open", "accept")
_GIVEN_UP = "given up"
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


class WireLogs:
    """Bf0.log and Ap0.log, those of them that are asked for; a tap on the MTA's sockets."""

    def __init__(self, directory: Path, config: DiagnosticsLogging, clock: LabClock) -> None:
        """Write into `directory`."""
        self._clock = clock
        self._logs = [
            (RollingLog(directory, name, config.text_log_octets), render, config.level(category))
            for category, (name, render) in _LOGS.items()
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

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Write what somebody said on an association, soon; see Tap.

        Raises what was wrong with something before. When too much waits for the thread, the
        association is left out from there on.
        """
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
        for log, *_ in self._logs:
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
            self._associations[ends] = Overheard(*ends, we_call=what == "open", judged=False)
        overheard = self._associations.get(ends)
        if overheard is None:
            return
        if what == _LOST:
            most = f"{_MOST_WAITING} octets wait, or {_MOST_PIECES} pieces"
            raise BufferError(f"more than {most}, to be read for the text logs")
        time_and_ends = f"{now.isoformat(timespec='milliseconds')} {ends[0]}", ends[1]
        if what == _GIVEN_UP:
            self._add(f"{' -> '.join(time_and_ends)} given up, {octets.decode()}")
            return
        overheard.record(what, octets, int(now.timestamp() * 1e9))
        self._write(overheard, *time_and_ends)
        if what == "close":
            del self._associations[ends]

    def close(self) -> None:
        """Close the files, when the thread has written what waits, or has had its time for it.

        Raises what was wrong with something before.
        """
        with suppress(TimeoutError):
            self._thread.submit(lambda: None).result(_PATIENCE)
        self._thread.shutdown(wait=False, cancel_futures=True)
        for log, *_ in self._logs:
            log.close()
        self._raise_problem()

    def _write(self, overheard: Overheard, time_and_local: str, remote: str) -> None:
        """Write what is new of an association."""
        association, us = overheard.association, overheard.us
        ways = {us: f"{time_and_local} -> {remote}", us.other: f"{time_and_local} <- {remote}"}
        for step in association.steps:
            way, layers = ways[step.sender], list(map(_InWords, step.layers))
            for log, render, level in self._logs:
                log.add(*(f"{way} {line}" for line in render(layers, level)))
        for each in association.findings:
            self._add(f"{ways[each.sender]} {each.severity.value}, {each.layer}: {each.text}")
        association.steps.clear()
        association.findings.clear()
        association.notes.clear()

    def _add(self, line: str) -> None:
        """Write a line into both logs."""
        for log, *_ in self._logs:
            log.add(line)


# Lines


class _InWords:
    """A layer of a step in words, without passwords; both logs may show them."""

    def __init__(self, layer: Layer) -> None:
        self.name = layer.name
        kind, _ = layer.kind.value
        summary, self._parameters = layer.summary, layer.parameters
        if password := self._parameters.get("password"):
            summary = summary.replace(password, _MASK)
            self._parameters = self._parameters | {"password": _MASK}
        name = " ".join(filter(None, (layer.primitive, kind)))
        pdu = f" ({layer.pdu})" if layer.pdu else ""
        self.line = f"{name}{pdu}{': ' if summary else ''}{summary}"

    @cached_property
    def parameters(self) -> list[str]:
        """A line for each parameter, and for each value of one that has several."""
        return [
            f"  {self.name} {name}: {each}"
            for name, value in self._parameters.items()
            for each in (value if isinstance(value, list) else [value])
        ]


def _interoperability(layers: Sequence[_InWords], level: Level) -> Iterator[str]:
    """A step of an association: at minimum its highest layer, above that all, with parameters."""
    *lower, top = layers
    yield top.line
    if level.reaches(Level.MEDIUM):
        for layer in reversed(lower):
            yield f"  {layer.name}: {layer.line}"
    if level.reaches(Level.MAXIMUM):
        for layer in reversed(layers):
            yield from layer.parameters


def _apdus(layers: Sequence[_InWords], level: Level) -> Iterator[str]:
    """The APDUs in a step: at minimum the MTAs' own, then what they hold, then everybody's."""
    for layer in layers:
        if layer.name in _APDU_LAYERS[level]:
            yield layer.line
            if level.reaches(Level.MEDIUM):
                yield from layer.parameters


#: The logs by the category that asks for them: how a file is called, and what it shows of a step.
_LOGS = {
    Category.INTEROPERABILITY: ("Bf", _interoperability),
    Category.APDU: ("Ap", _apdus),
}
