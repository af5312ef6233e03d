"""Why an association failed, as far as packets tell: likely causes, and what would tell them apart.

On the wire a wrong network address, MTA name and password look alike: what is missing lies in the
called MTA's event log, in the configurations, or in a capture from the other side of a firewall.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Layer, LayerName, Side, Step

CALLING, CALLED = Side


class Cause(NamedTuple):
    """A possible cause, where to look whether it is the one, and Microsoft's article on it."""

    text: str
    look: str
    article: str = ""


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
    for applies, failure, causes in _FAILURES:
        if applies(facts):
            return Explanation(failure.format(**_words(facts)), tuple(_filled(causes, facts)))
    return None


def _words(facts: _Facts) -> dict[str, str]:
    return {
        "calling": facts.ends[CALLING],
        "called": facts.ends[CALLED],
        "name": facts.name or "(none)",
        "mode": facts.mode,
    }


def _filled(causes: tuple[Cause, ...], facts: _Facts) -> Iterator[Cause]:
    words = _words(facts)
    for text, look, article in causes:
        yield Cause(text.format(**words), look.format(**words), article)


# How it failed, the first that applies


def _not_answered(facts: _Facts) -> bool:
    return not facts.pdus(CALLED)


def _turned_away(facts: _Facts) -> bool:
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


_TRANSPORT_ANSWERS = {"CC", "DR", "ER TPDU"}
_BIND_ANSWERS = {"AC", "RF", "AB", "DR", "ER TPDU"}
_OTHER_SIDE = "a capture on the called MTA's side of the firewall: does the call arrive there?"
_LOG = "the called MTA's event log"

_AUTHENTICATION = (
    Cause(
        "the called MTA sees another source address than the Stack page of its connector has: a "
        "firewall between the two rewrites it",
        f"{_LOG}: 1293 and no 51; a capture on the called MTA's side of the firewall: is the "
        "source {calling} there, too, and is that the address on the Stack page?",
        "Q196381",
    ),
    Cause(
        "the caller has several addresses, and calls from one that the Stack page has not",
        f"{_LOG}: 1293 only some of the time; the source of the calls that are accepted",
        "Q197378",
    ),
    Cause(
        "MTA name {name} is not the remote MTA name of a connector there; towards a foreign MTA "
        "upper and lower case count",
        f"{_LOG}: 51 names the name that came; the General page",
        "Q166308",
    ),
    Cause("the password is another", f"{_LOG}: 51; the General pages at both ends", "Q166308"),
    Cause(
        "the selectors that came are not the incoming ones of the connector",
        f"{_LOG}: 51 has the T selector; S-CONNECT and P-CONNECT here; the Stack page",
        "Q152932",
    ),
    Cause(
        "the connector there has another conformance than this {mode} mode",
        "the Advanced pages at both ends",
    ),
    Cause(
        "the connector there is scheduled Never, and so does not answer either",
        f"{_LOG}: 37 and 1293; the Schedule page",
        "Q169716",
    ),
)
_SELECTOR = Cause(
    "the selector that was called is not the one that the called system has",
    "the outgoing selectors on the caller's Stack page, and the called MTA's transport stack",
    "Q152934",
)

#: (does it apply, what happened, what may have caused it).
_FAILURES: tuple[tuple[Callable[[_Facts], bool], str, tuple[Cause, ...]], ...] = (
    (
        _not_answered,
        "no answer to the SYN",
        (
            Cause(
                "a firewall drops it without a word", f"{_OTHER_SIDE} The firewall's log", "Q154301"
            ),
            Cause(
                "the called host is down, or no route leads there", "a ping of the host's address"
            ),
            Cause(
                "the answer goes another way, past where this was captured",
                "a capture at the caller: does it get a SYN ACK?",
            ),
        ),
    ),
    (
        _turned_away,
        "the SYN was answered with a reset",
        (
            Cause("nobody listens on that port", "whether the MTA runs, and its port", "Q154301"),
            Cause("a firewall rejects it with a reset", f"{_OTHER_SIDE} The TTL of the reset"),
        ),
    ),
    (
        _answered_with("DR", "reason", 1),
        "the transport connection was refused: congestion",
        (
            Cause(
                "no TCP/IP control block is free there",
                f"{_LOG}: 9156; TCP/IP control blocks in its registry",
                "Q166602",
            ),
        ),
    ),
    (_answered_with("DR", "reason", 2, 3), "the called T selector is unknown", (_SELECTOR,)),
    (
        _answered_with("DR", "reason", 130),
        "the transport classes or sizes do not fit",
        (Cause("the caller asks for another class than 0", "the class in the CR"),),
    ),
    (
        _ended_before(_TRANSPORT_ANSWERS | _BIND_ANSWERS),
        "{called} ended the connection before its transport answered",
        (
            Cause(
                "the called MTA has names on its Stack pages, and does not know the address that "
                "it sees: it drops the connection before any bind",
                f"{_LOG}: 9301 twice (the address, and a name, in hex) and 9202; the PTR record",
                "Q193380",
            ),
            Cause(
                "no TCP/IP control block is free there",
                f"{_LOG}: 9156; TCP/IP control blocks in its registry",
                "Q166602",
            ),
            Cause(
                "a proxy accepted the connection, and could not make its own to the MTA behind it",
                "a capture on the other side of the proxy; its log",
                "Q199326",
            ),
            Cause("what listens there is no MTA", "what a telnet to the port says"),
        ),
    ),
    (
        _silent_before(_TRANSPORT_ANSWERS | _BIND_ANSWERS),
        "{called} accepted the connection and says nothing",
        (
            Cause(
                "a proxy accepted it, and waits for the MTA behind it",
                "a capture on the other side of the proxy",
                "Q199326",
            ),
            Cause("the called MTA hangs, or is no MTA", "its process, and its event log"),
        ),
    ),
    (
        _answered_with("RF", "reason", 129, 130),
        "the called S selector is unknown",
        (_SELECTOR, Cause("the X.410 modes have no S selector", "the conformance", "Q152932")),
    ),
    (_answered_with("RF", "provider_reason", 3), "the called P selector is unknown", (_SELECTOR,)),
    (
        _answered_with("RF", "error", 2),
        "the bind was refused: authentication error",
        _AUTHENTICATION,
    ),
    (
        _answered_with("RF", "refuse_reason", 2),
        "the bind was refused: validation failure",
        _AUTHENTICATION,
    ),
    (
        lambda facts: (
            _answered_with("RF", "error", 3)(facts)
            or _answered_with("RF", "refuse_reason", 3)(facts)
        ),
        "the bind was refused: unacceptable dialogue mode",
        (
            Cause(
                "the caller asks for two-way alternate, and the connector there does not allow it",
                f"{_LOG}: 55; the Advanced pages at both ends",
                "Q171113",
            ),
        ),
    ),
    (
        lambda facts: (
            _answered_with("RF", "error", 0)(facts)
            or _answered_with("RF", "refuse_reason", 0)(facts)
        ),
        "the bind was refused: busy",
        (
            Cause(
                "the connector there has as many associations as it may: 9, and 1 for urgent mail",
                f"{_LOG}: 57",
                "Q194589",
            ),
        ),
    ),
    (
        _answered_with("RF", "refuse_reason", 1),
        "the lost association could not be recovered",
        (
            Cause(
                "the called MTA has forgotten it: its recovery timeout is over, or it began anew",
                "the recovery timeout on the Override pages",
                "Q234157",
            ),
        ),
    ),
    (
        _answered_with("RF"),
        "the session connection was refused",
        (Cause("what the refusal says", "the reasons in the refusal, layer by layer"),),
    ),
    (
        _ended_before(_BIND_ANSWERS),
        "{called} ended the connection instead of an answer to the bind",
        (
            Cause("the called MTA gave up the connection", f"{_LOG}: 1293, 9202, 1294", "Q193380"),
            Cause(
                "the bind breaks the protocol for it", "what decode finds in the caller's connect"
            ),
        ),
    ),
    (
        _silent_before(_BIND_ANSWERS),
        "{called} does not answer the bind",
        (
            Cause(
                "packets as large as the bind or its answer do not get through",
                "retransmissions here; ICMP fragmentation needed; the MTU on the way",
            ),
            Cause("the called MTA is busy or hangs", "its process, and its event log"),
        ),
    ),
    (
        _given_up_at_once,
        "the bind was accepted, and the caller gave the association up at once",
        (
            Cause(
                "the name or the password in the answer is not what the caller's connector expects",
                "the calling MTA's event log: 48; its General page",
                "Q159182",
            ),
            Cause("it was a test, such as mta-emu ping", "who called"),
        ),
    ),
    (
        _exception,
        "the called MTA could not take a message",
        (
            Cause("it cannot read the message", "its event log; what decode finds in the transfer"),
            Cause("it is short of something: disk, memory", "its event log"),
        ),
    ),
    (
        _aborted,
        "the association was aborted",
        (
            Cause(
                "one side broke the protocol for the other", "what decode finds before the abort"
            ),
            Cause(
                "an administrator or a restart ended it", "the event log of the side that aborted"
            ),
        ),
    ),
    (
        _unfinished,
        "a transfer did not come to its end",
        (
            Cause(
                "large packets do not get through: a black hole for the path MTU",
                "the size of the last packets that were acknowledged, retransmissions, ICMP",
            ),
            Cause(
                "the connection was cut, or the capture ends here", "who sent the FIN or the RST"
            ),
        ),
    ),
)
