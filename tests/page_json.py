"""docs/page-json.md: the JSON that the page shows, from its definition.

`python -m tests.page_json` writes it, and tests/test_page_json.py compares.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from mta_lab.web.model import came, exercise, messages, rehearsed, story, switches
from mta_lab.web.model import page as schema
from tests.lab_json import section

PAGE = Path(__file__).parent.parent / "docs" / "page-json.md"

_HEAD = """\
# The JSON of the page

`mta-lab run FILE --html REPORT.html` and `mta-lab page CAPTURE` write a page with this object
inside, in the element with the id `model`; `mta-lab page CAPTURE --json` prints it. The page of
`mta-lab web` fetches it from `model.json` below its own address.

{about}

`python -m tests.page_json` writes this page from the definition, `mta_lab/web/model/page.py`.
"""
_PARTS: Mapping[str, type[BaseModel]] = {
    "": schema.Page,
    "clock": schema.Clock,
    "columns[]": schema.Column,
    "calls[]": schema.Call,
    "calls[].legs[]": schema.Leg,
    "arrows[]": schema.Arrow,
    "arrows[].layers[]": schema.Layer,
    "arrows[].findings[]": schema.Finding,
    "packets.FRAME": schema.Packet,
    "said[]": schema.Said,
    "queues[]": schema.Queue,
    "played[]": schema.Played,
}

_ASKED = """\
## What else the page of a lab asks for

`mta-lab web` answers these below the page's own address. `connectors.json` has what `mta-lab ps`
shows of them, and `foresee` what `mta-lab set --dry-run` does, for every flow.
"""
_EXERCISE = """\
## What the page of an exercise asks for

`mta-lab exercise web` answers these below the page's own address, and `model.json?capture=NAME`.
"""
_OF_AN_EXERCISE: Mapping[str, type[BaseModel]] = {
    "exercise.json": exercise.Exercise,
    "exercise.json: questions[]": exercise.Asked,
    "exercise.json: questions[].mark": exercise.Marked,
    "exercise.json: story[]": story.Chapter,
    "exercise.json: story[].parts[]": story.Node,
    "hosts.json: []": exercise.HostFile,
}
_ANSWERS: Mapping[str, type[BaseModel]] = {
    "switches.json": switches.Board,
    "switches.json: switches[]": switches.Switch,
    "observed.json": came.Came,
    "observed.json: flows[]": came.ObservedFlow,
    "observed.json: waiting[]": came.Wait,
    "messages.json: []": messages.Message,
    "rehearsal.json: cells[]": rehearsed.Cell,
    "rehearsal.json: cells[].trace[]": rehearsed.Branch,
    "rehearsal.json: cells[].trace[].steps[]": rehearsed.Line,
    "what-if: []": rehearsed.Tried,
    "suggest: []": rehearsed.Mend,
}


def page() -> str:
    """The page, in Markdown."""
    _, _, about = (schema.__doc__ or "").partition("\n\n")
    parts = [section(path, model) for path, model in _PARTS.items()]
    answers = [section(path, model) for path, model in _ANSWERS.items()]
    learners = [section(path, model) for path, model in _OF_AN_EXERCISE.items()]
    head = _HEAD.format(about=about.strip())
    return "\n".join((head, *parts, _ASKED, *answers, _EXERCISE, *learners))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
