"""The rules by which firewalls decided about a call: those predicted, and those that they logged.

Our own firewall logs the rule that let a client in and the setting that chose the source address;
for others it is the kernel's trace, or the program's log. The last rule of a kind decides.
"""

from collections.abc import Iterator

from firewall_proxy.records import Connection
from labkit.reason import Reason
from mta_lab.engines.records import Decided
from mta_lab.rehearsal.prediction import Attempt
from mta_lab.rehearsal.proof.proof import Compared
from mta_lab.rehearsal.proof.witness import Seen
from mta_lab.verdict.attempts import Attempt as SeenAttempt

_RULES, _SOURCE = "rules", "source address"  # the checks of firewall_proxy/policy.py
_NONE = "none"


def rules(call: Attempt, made: SeenAttempt, seen: Seen, frame: int | None) -> Iterator[Compared]:
    """A line for each rule that a firewall logged."""
    for passed in made.passed:
        firewall = seen.firewall_of(passed)
        asked = [step.reason for step in call.steps if step.where == firewall]
        for check, observed in _logged(passed):
            named = [each for each in asked if each.check == check]
            predicted = _place(named[-1]) if named else _NONE
            what = f"{check} at {firewall}"
            yield Compared(what, predicted, observed, predicted == observed, frame)


def _logged(passed: Connection | Decided) -> Iterator[tuple[str, str]]:
    """Which check decided at a firewall, and where that is configured."""
    if isinstance(passed, Decided):
        if passed.check:
            yield passed.check, passed.place or passed.reason
        return
    if passed.rule_place:
        yield _RULES, passed.rule_place
    if passed.rewriting_place:
        yield _SOURCE, passed.rewriting_place


def _place(reason: Reason) -> str:
    return str(reason.place) if reason.place else reason.text
