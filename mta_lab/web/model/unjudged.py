"""The page of an exercise's capture: what its packets hold, and nothing that says what they mean.

An exercise asks which connections belong together, whose address is whose, what was refused, in
which mode and why, and which filter shows a call. So that is left out here, and each connection
stands alone, between two addresses. Layers and octets stay: a learner reads them, as in Wireshark.
"""

from pathlib import Path

from labkit.text import visible
from mta_emu.decode.dissector import examine
from mta_lab.web.model.columns import Columns
from mta_lab.web.model.joined import Joined, began
from mta_lab.web.model.ladder import draw
from mta_lab.web.model.octets import packets
from mta_lab.web.model.page import Arrow, Call, Column, Page
from mta_lab.web.model.writing import Writing


def of_exercise(file: Path) -> Page:
    """The page. Raises NotACapture or OSError."""
    associations = [each for each in examine(file).associations if each.steps]
    writing = Writing(min(map(began, associations), default=0))
    alone = [Joined((each,), (number,)) for number, each in enumerate(associations, 1)]
    ladder = draw(alone, Columns(), writing, {})
    return Page(
        title=visible(file.name),
        began=writing.began,
        capture=visible(file.name),
        judged=False,
        columns=tuple(map(_unnamed, ladder.columns)),
        calls=tuple(map(_call, ladder.calls)),
        arrows=tuple(_arrow(each.arrow) for each in ladder.drawn),
        packets=packets(file, ladder.frames()),
    )


def _unnamed(column: Column) -> Column:
    return column.model_copy(update={"name": column.addresses[0]})


def _call(call: Call) -> Call:
    nothing = dict.fromkeys(("mode", "disposition", "reason", "configured", "filter"), "")
    return call.model_copy(update=nothing)


def _arrow(arrow: Arrow) -> Arrow:
    return arrow.model_copy(update={"outcome": "", "findings": ()})
