"""What the MTA says while it runs: each record, to whoever listens.

Mail depends on nobody who listens, and on no door, log or chore. A part of that kind works inside
`guarded`: what it raises goes no further, and is reported once to the others.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from labkit.clock import LabClock
from labkit.errors import in_words
from labkit.records import Record
from mta_emu.mta.log.records import Problem

Listener = Callable[[Record], None]


class Journal:
    """Passes each record to the listeners, in the order in which things happened."""

    def __init__(self, clock: LabClock) -> None:
        self._clock = clock
        self._listeners: list[tuple[Listener, str]] = []
        self._problems: set[str] = set()  # the parts that have failed and do not work yet
        self.count = 0

    def publish(self, record: Record) -> None:
        """Pass a record to the listeners, with the time now."""
        self.count += 1
        stamped = record.at(self._clock.now())
        for listener, part in tuple(self._listeners):
            try:
                listener(stamped)
            except Exception as error:
                self.failed(part, error)
            else:
                self.works(part)

    def listen(self, listener: Listener, part: str = "a listener") -> None:
        """Pass every record from now on to `listener`, which is that `part` of the MTA."""
        self._listeners.append((listener, part))

    def leave(self, listener: Listener) -> None:
        """Stop passing records to `listener`."""
        self._listeners = [each for each in self._listeners if each[0] != listener]

    # Parts that mail does not depend on

    @contextmanager
    def guarded(self, part: str) -> Iterator[None]:
        """Let no exception out of the block; report once that the part fails, or works again."""
        try:
            yield
        except Exception as error:
            self.failed(part, error)
        else:
            self.works(part)

    def failed(self, part: str, error: BaseException | str) -> None:
        """Take note that a part has failed; said once, until it works again."""
        if part not in self._problems:
            self._problems.add(part)
            self.publish(Problem(part, "failed", _text(error)))

    def works(self, part: str, reason: str = "") -> None:
        """Take note that a part works; said when it had failed."""
        if part in self._problems:
            self._problems.discard(part)
            self.publish(Problem(part, "works again", reason))


def _text(error: BaseException | str) -> str:
    """An error for people; one that nobody expected with where it was raised."""
    if isinstance(error, str):
        return error
    if isinstance(error, OSError):
        return in_words(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
