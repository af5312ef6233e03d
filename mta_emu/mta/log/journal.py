"""What the MTA says while it runs: each record, to whoever listens."""

from collections.abc import Callable

from labkit.clock import LabClock
from labkit.output import say_document
from labkit.records import Record, as_text

Listener = Callable[[Record], None]


class Journal:
    """Passes each record to the listeners, in the order in which things happened."""

    def __init__(self, clock: LabClock) -> None:
        self._clock = clock
        self._listeners: list[Listener] = []
        self.count = 0

    def publish(self, record: Record) -> None:
        """Tell the listeners that something happened now."""
        self.count += 1
        stamped = record.at(self._clock.now())
        for listener in tuple(self._listeners):
            listener(stamped)

    def listen(self, listener: Listener) -> None:
        """Pass every record from now on to `listener`."""
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Stop passing records to `listener`."""
        self._listeners.remove(listener)


def print_records(render: Callable[[Record], str] = as_text) -> Listener:
    """A listener that writes each record to standard output as one line."""

    def show(record: Record) -> None:
        say_document(render(record))

    return show
