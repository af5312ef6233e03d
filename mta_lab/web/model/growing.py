"""A capture that is still being written: what is new of it is dissected, and drawn, once.

Its file is read from the start each time, which costs a thirtieth of dissecting it.
"""

from collections.abc import Collection
from pathlib import Path

from mta_emu.decode.capture import Capture
from mta_emu.decode.dissector import Dissection, Dissector
from mta_lab.web.model.arrows import Drawn


class Growing:
    """What has been found in a capture until now, and the arrows that were made of it."""

    def __init__(self, ports: Collection[int]) -> None:
        """Have read nothing yet."""
        self.arrows: dict[int, Drawn] = {}  # by the identity of the step
        self._ports = ports
        self._dissector = Dissector(ports)
        self._file: Path | None = None

    def read(self, file: Path) -> Dissection:
        """Read it as far as it goes; another file than before is begun anew.

        Raises NotACapture or OSError.
        """
        if file != self._file:
            self.arrows.clear()
            self._dissector, self._file = Dissector(self._ports), file
        capture, known = Capture(file), self._dissector.last_frame
        for segment in capture.segments():
            if segment.frame > known:
                self._dissector.feed(segment)
        return self._dissector.found(capture)
