"""Why an association failed, as far as packets show, and where one would have to look further.

On the wire a wrong network address, MTA name and password look alike: what is missing lies in the
called MTA's event log, in the configurations, or in a capture from the other side of a firewall.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mta_emu.decode import causes
from mta_emu.decode.association import Association
from mta_emu.decode.causes import Cause, Failure
from mta_emu.decode.steps import Layer, LayerName, Side, Step

CALLING, CALLED = Side


@dataclass(frozen=True)
class Explanation:
    """How an association failed, and the causes that look like that on the wire."""

    failure: str
    causes: tuple[Cause, ...]


class _Facts:
    """What the packets say about how far an association got."""

    def __init__(self, association: Association) -> None:
        self.ends = {side: str(end) for side, end in association.ends.items()}
        self.name = association.mta_names.get(CALLING, "")
        self.mode = {True: "X.410-1984", False: "normal"}.get(bool(association.x410), "")
        self._steps = association.steps

    def pdus(self, sender: Side) -> list[str]:
        """The PDUs of the network, the transport and the session that a side sent, in order."""
        return [_pdu(layer) for step in self._of(sender) for layer in step.layers if _is_low(layer)]

    def answer(self, pdu: str) -> Layer | None:
        """What the highest layer said in the called side's PDU."""
        for step in self._of(CALLED):
            if any(_is_low(layer) and _pdu(layer) == pdu for layer in step.layers):
                return step.layers[-1]
        return None

    def parameter(self, pdu: str, name: str) -> Any:
        """A parameter of that layer."""
        layer = self.answer(pdu)
        return layer.parameters.get(name) if layer else None

    def _of(self, sender: Side) -> Iterator[Step]:
        return (step for step in self._steps if step.sender is sender)


def _is_low(layer: Layer) -> bool:
    if layer.name == LayerName.TRANSPORT:
        return layer.pdu != "DT"
    return layer.name in (LayerName.NETWORK, LayerName.SESSION)


def _pdu(layer: Layer) -> str:
    """Its name; the session, too, has one that is called ER."""
    is_error = layer.name == LayerName.TRANSPORT and layer.pdu == "ER"
    return "ER TPDU" if is_error else layer.pdu


def explain(association: Association) -> Explanation | None:
    """Why an association failed; None when it did not, or the capture has too little of it."""
    facts = _Facts(association)
    if "SYN" not in facts.pdus(CALLING):
        return None  # nobody knows what the capture lacks
    for applies, failure in _FAILURES:
        if applies(facts):
            words = _words(facts)
            return Explanation(failure.text.format(**words), tuple(_filled(failure, words)))
    return None


def _words(facts: _Facts) -> dict[str, str]:
    return {
        "calling": facts.ends[CALLING],
        "called": facts.ends[CALLED],
        "name": facts.name or "(none)",
        "mode": facts.mode,
    }


def _filled(failure: Failure, words: dict[str, str]) -> Iterator[Cause]:
    for text, look, article in failure.causes:
        yield Cause(text.format(**words), look.format(**words), article)


# How it failed, the first that applies


def _not_answered(facts: _Facts) -> bool:
    return not facts.pdus(CALLED)


def _reset_at_once(facts: _Facts) -> bool:
    return facts.pdus(CALLED)[0] == "RST"


def _ended_before(pdus: set[str]) -> Callable[[_Facts], bool]:
    def applies(facts: _Facts) -> bool:
        said = facts.pdus(CALLED)
        return not pdus & set(said) and bool({"FIN", "RST"} & set(said))

    return applies


def _silent_before(pdus: set[str]) -> Callable[[_Facts], bool]:
    return lambda facts: not pdus & set(facts.pdus(CALLED))


def _answered_with(pdu: str, name: str = "", *values: int) -> Callable[[_Facts], bool]:
    def applies(facts: _Facts) -> bool:
        return pdu in facts.pdus(CALLED) and (not name or facts.parameter(pdu, name) in values)

    return applies


def _given_up_at_once(facts: _Facts) -> bool:
    said = facts.pdus(CALLING)
    after = [pdu for pdu in said if pdu not in ("SYN", "CR", "CN")]
    return "AC" in facts.pdus(CALLED) and after[:1] in (["AB"], ["FN"])


def _exception(facts: _Facts) -> bool:
    return "ED" in facts.pdus(CALLED) or "ER" in facts.pdus(CALLED)


def _unfinished(facts: _Facts) -> bool:
    pdus = facts.pdus(CALLING) + facts.pdus(CALLED)
    begun = pdus.count("AS") + pdus.count("AR")
    return begun > pdus.count("AEA") + pdus.count("ADA")


def _aborted(facts: _Facts) -> bool:
    return "AB" in facts.pdus(CALLED) + facts.pdus(CALLING)


def _aborted_transfer(facts: _Facts) -> bool:
    return _aborted(facts) and _unfinished(facts)


_TRANSPORT_ANSWERS = {"CC", "DR", "ER TPDU"}
_BIND_ANSWERS = {"AC", "RF", "AB", "DR", "ER TPDU"}

#: Whether it applies, and what it is then: the first that does.
_FAILURES: tuple[tuple[Callable[[_Facts], bool], Failure], ...] = (
    (_not_answered, causes.NO_ANSWER),
    (_reset_at_once, causes.RESET),
    (_answered_with("DR", "reason", 1), causes.NO_CONTROL_BLOCK),
    (_answered_with("DR", "reason", 2, 3), causes.T_SELECTOR),
    (_answered_with("DR", "reason", 130), causes.NEGOTIATION),
    (_ended_before(_TRANSPORT_ANSWERS | _BIND_ANSWERS), causes.ENDED_BEFORE_TRANSPORT),
    (_silent_before(_TRANSPORT_ANSWERS | _BIND_ANSWERS), causes.SILENT),
    (_answered_with("RF", "reason", 129, 130), causes.S_SELECTOR),
    (_answered_with("RF", "provider_reason", 3), causes.P_SELECTOR),
    (_answered_with("RF", "error", 2), causes.AUTHENTICATION),
    (_answered_with("RF", "refuse_reason", 2), causes.AUTHENTICATION),
    (_answered_with("RF", "error", 3), causes.DIALOGUE_MODE),
    (_answered_with("RF", "refuse_reason", 3), causes.DIALOGUE_MODE),
    (_answered_with("RF", "error", 0), causes.BUSY),
    (_answered_with("RF", "refuse_reason", 0), causes.BUSY),
    (_answered_with("RF", "refuse_reason", 1), causes.RECOVERY),
    (_answered_with("RF"), causes.SESSION_REFUSED),
    (_ended_before(_BIND_ANSWERS), causes.ENDED_BEFORE_BIND),
    (_silent_before(_BIND_ANSWERS), causes.NO_BIND_ANSWER),
    (_given_up_at_once, causes.GIVEN_UP),
    (_exception, causes.MESSAGE_REFUSED),
    (_aborted_transfer, causes.ABORTED_TRANSFER),
    (_aborted, causes.ABORTED),
    (_unfinished, causes.UNFINISHED),
)
