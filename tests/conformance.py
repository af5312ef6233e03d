"""docs/conformance.md: which elements of service (X.400) there are, as the tests prove them.

A test that proves one is marked `@pytest.mark.element("probe")`, or with a status that is not
"supported": `@pytest.mark.element("proof of delivery", "carried")`. The marks are read from the
files, so it does not matter which tests are run. `python -m tests.conformance` writes the page.
"""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mta_emu.mta.policy.extensions import HANDLING, Handling
from mta_emu.mts.extension import Extension, StandardExtension

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "conformance.md"

#: What a status means, the best first.
STATUSES = {
    "supported": "a user can ask for it; MTAs carry it, act on it and show it",
    "carried": "MTAs pass it on unchanged, and respect its criticality",
    "refused": "if it is critical, a report says unsupported-critical-function",
    "absent": "no test is about it",
}
MESSAGE_TRANSFER = "Message transfer", "Message transfer, optional"
INTERPERSONAL = "Interpersonal messaging"
ELEMENTS = {
    "Message transfer": (
        "access management",
        "content type indication",
        "converted indication",
        "delivery time stamp indication",
        "message identification",
        "non-delivery notification",
        "original encoded information types indication",
        "submission time stamp indication",
        "user capabilities registration",
    ),
    "Message transfer, optional": (
        "alternate recipient allowed",
        "alternate recipient assignment",
        "conversion prohibition",
        "conversion prohibition in case of loss of information",
        "deferred delivery",
        "deferred delivery cancellation",
        "delivery notification",
        "designation of recipient by directory name",
        "disclosure of other recipients",
        "DL expansion history indication",
        "DL expansion prohibited",
        "explicit conversion",
        "grade of delivery selection",
        "hold for delivery",
        "implicit conversion",
        "latest delivery designation",
        "multi-destination delivery",
        "originator requested alternate recipient",
        "prevention of non-delivery notification",
        "probe",
        "redirection disallowed by originator",
        "redirection of incoming messages",
        "requested preferred delivery method",
        "restricted delivery",
        "return of content",
        "use of distribution list",
    ),
    "Interpersonal messaging": (
        "IP-message identification",
        "originator indication",
        "typed body",
        "multi-part body",
        "forwarded IP-message indication",
        "file transfer body part",
        "general text body part",
        "bilaterally defined body part",
        "subject indication",
        "primary and copy recipients indication",
        "blind copy recipient indication",
        "importance indication",
        "sensitivity indication",
        "cross-referencing indication",
        "replying IP-message indication",
        "obsoleting indication",
        "reply request indication",
        "expiry date indication",
        "auto-forwarded indication",
        "authorizing users indication",
        "receipt notification request indication",
        "non-receipt notification request indication",
        "language indication",
        "incomplete copy indication",
        "body part encryption indication",
        "IP-message security labelling",
    ),
    "Security": (
        "content confidentiality",
        "content integrity",
        "message flow confidentiality",
        "message origin authentication",
        "message security labelling",
        "message sequence integrity",
        "non-repudiation of delivery",
        "non-repudiation of origin",
        "non-repudiation of submission",
        "probe origin authentication",
        "proof of delivery",
        "proof of submission",
        "report origin authentication",
        "secure access management",
    ),
    "Physical delivery": (
        "additional physical rendition",
        "basic physical rendition",
        "counter collection",
        "counter collection with advice",
        "delivery via bureaufax service",
        "EMS (express mail service)",
        "ordinary mail",
        "physical delivery notification by MHS",
        "physical delivery notification by PDS",
        "physical forwarding allowed",
        "physical forwarding prohibited",
        "registered mail",
        "registered mail to addressee in person",
        "request for forwarding address",
        "special delivery",
        "undeliverable mail with return of physical message",
    ),
}
_GROUPS = {element: group for group, elements in ELEMENTS.items() for element in elements}


@dataclass(frozen=True, order=True)
class Proof:
    """A test that proves an element; `test` is its file, below the root, and its name."""

    element: str
    status: str
    test: str


def proofs(tests: Path = ROOT / "tests") -> list[Proof]:
    """What the marks of all tests say. Raises ValueError where one names what there is not."""
    return sorted(
        proof for file in sorted(tests.rglob("test_*.py")) for proof in _proofs_in(file, tests)
    )


def _proofs_in(file: Path, tests: Path) -> Iterator[Proof]:
    for function in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        marks = (node for decorator in function.decorator_list for node in ast.walk(decorator))
        for mark in marks:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.element":
                words = [ast.literal_eval(word) for word in mark.args]
                test = f"{file.relative_to(tests.parent)}::{function.name}"
                yield _proof(test, f"{file}:{mark.lineno}", *words)


def _proof(test: str, place: str, element: str, status: str = "supported") -> Proof:
    for what, word, known in (("element", element, [*_GROUPS]), ("status", status, [*STATUSES])):
        if word not in known:
            near = difflib.get_close_matches(word, known, 1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{place}: no {what} is called {word!r}{hint}")
    return Proof(element, status, test)


def statuses(found: list[Proof]) -> dict[str, str]:
    """The best status that is proved of each element."""
    ranks = list(STATUSES)
    proved: dict[str, list[str]] = {element: ["absent"] for element in _GROUPS}
    for proof in found:
        proved[proof.element].append(proof.status)
    return {element: min(all_, key=ranks.index) for element, all_ in proved.items()}


def page(found: list[Proof]) -> str:
    """The page."""
    status = statuses(found)
    counted = [*MESSAGE_TRANSFER, INTERPERSONAL]
    elements = [each for group in counted for each in ELEMENTS[group]]
    supported = sum(status[each] == "supported" for each in elements)
    lines = [
        "# Conformance: the elements of service of X.400",
        "",
        "Each line says what this MTA does with an element of service, and which tests prove it.",
        "`python -m tests.conformance` writes this page from the marks of the tests.",
        "Do not edit it.",
        "",
        *(f"- **{each}**: {meaning}" for each, meaning in STATUSES.items()),
        "",
        f"Of the {len(elements)} elements of message transfer and interpersonal messaging,"
        f" {supported} are supported.",
    ]
    for group, members in ELEMENTS.items():
        lines += [
            "",
            f"## {group}",
            "",
            "| Element of service | Status | Proved by |",
            "|---|---|---|",
        ]
        for element in members:
            tests = [f"`{each.test}`" for each in found if each.element == element]
            lines.append(f"| {element} | {status[element]} | {'<br>'.join(tests)} |")
    lines += ["", "## Extensions of X.411", "", "| Extension | What an MTA does with it |"]
    lines += ["|---|---|", "| any private extension | " + Handling.REFUSED.value + " |"]
    lines += [f"| {Extension(kind)} ({kind}) | {done.value} |" for kind, done in _in_order()]
    return "\n".join(lines) + "\n"


def _in_order() -> list[tuple[int, Handling]]:
    return [(kind, HANDLING[kind]) for kind in sorted(StandardExtension)]


if __name__ == "__main__":
    PAGE.write_text(page(proofs()), "utf-8")
