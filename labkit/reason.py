"""Why something was decided, and where that is configured.

Every decision of a policy carries a `Reason`: the live MTA, the firewall, their log lines, the
predictor and the web page all show the same one. No reason holds a password.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a value is configured: the path of a field, and the file and line that have it.

    A field that the file does not mention (a default) has the line of the section around it, or 0.
    After a live `set` there is no line; `since` says when it was set, as lab time in ISO 8601.
    """

    path: str
    file: str = ""
    line: int = 0
    since: str = ""

    def __str__(self) -> str:
        if self.since:
            return f"{self.path} set at {self.since}"
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where} {self.path}".strip()


@dataclass(frozen=True)
class Reason:
    """Which check decided, what it expected, what it saw, and where that is configured.

    `text` says all of it in one sentence, without the place.
    """

    check: str
    text: str
    expected: str = ""
    seen: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.text} ({self.place})" if self.place else self.text
