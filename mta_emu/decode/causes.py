"""How associations fail, and what causes that: from Microsoft's articles, and of firewalls.

{calling} and {called} stand for the ends, {name} for the caller's MTA name, {mode} for the mode.
"""

from typing import NamedTuple


class Cause(NamedTuple):
    """A possible cause, where to look whether it is the one, and Microsoft's article on it."""

    text: str
    look: str
    article: str = ""


class Failure(NamedTuple):
    """What happened, and the causes that look like it on the wire."""

    text: str
    causes: tuple[Cause, ...]


_OTHER_SIDE = "a capture on the called MTA's side of the firewall: does the call arrive there?"
_LOG = "the called MTA's event log"

_OF_AUTHENTICATION = (
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

NO_ANSWER = Failure(
    "no answer to the SYN",
    (
        Cause("a firewall drops it without a word", f"{_OTHER_SIDE} The firewall's log", "Q154301"),
        Cause("the called host is down, or no route leads there", "a ping of the host's address"),
        Cause(
            "the answer goes another way, past where this was captured",
            "a capture at the caller: does it get a SYN ACK?",
        ),
    ),
)
RESET = Failure(
    "the SYN was answered with a reset",
    (
        Cause("nobody listens on that port", "whether the MTA runs, and its port", "Q154301"),
        Cause("a firewall rejects it with a reset", f"{_OTHER_SIDE} The TTL of the reset"),
    ),
)
NO_CONTROL_BLOCK = Failure(
    "the transport connection was refused: congestion",
    (
        Cause(
            "no TCP/IP control block is free there",
            f"{_LOG}: 9156; TCP/IP control blocks in its registry",
            "Q166602",
        ),
    ),
)
T_SELECTOR = Failure(
    "the called T selector is unknown",
    (_SELECTOR,),
)
NEGOTIATION = Failure(
    "the transport classes or sizes do not fit",
    (Cause("the caller asks for another class than 0", "the class in the CR"),),
)
ENDED_BEFORE_TRANSPORT = Failure(
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
)
SILENT = Failure(
    "{called} accepted the connection and says nothing",
    (
        Cause(
            "a proxy accepted it, and waits for the MTA behind it",
            "a capture on the other side of the proxy",
            "Q199326",
        ),
        Cause("the called MTA hangs, or is no MTA", "its process, and its event log"),
    ),
)
S_SELECTOR = Failure(
    "the called S selector is unknown",
    (_SELECTOR, Cause("the X.410 modes have no S selector", "the conformance", "Q152932")),
)
P_SELECTOR = Failure(
    "the called P selector is unknown",
    (_SELECTOR,),
)
AUTHENTICATION = Failure(
    "the bind was refused: authentication error",
    _OF_AUTHENTICATION,
)
DIALOGUE_MODE = Failure(
    "the bind was refused: unacceptable dialogue mode",
    (
        Cause(
            "the caller asks for two-way alternate, and the connector there does not allow it",
            f"{_LOG}: 55; the Advanced pages at both ends",
            "Q171113",
        ),
    ),
)
BUSY = Failure(
    "the bind was refused: busy",
    (
        Cause(
            "the connector there has as many associations as it may: 9, and 1 for urgent mail",
            f"{_LOG}: 57",
            "Q194589",
        ),
    ),
)
RECOVERY = Failure(
    "the lost association could not be recovered",
    (
        Cause(
            "the called MTA has forgotten it: its recovery timeout is over, or it began anew",
            "the recovery timeout on the Override pages",
            "Q234157",
        ),
    ),
)
SESSION_REFUSED = Failure(
    "the session connection was refused",
    (Cause("what the refusal says", "the reasons in the refusal, layer by layer"),),
)
ENDED_BEFORE_BIND = Failure(
    "{called} ended the connection instead of an answer to the bind",
    (
        Cause("the called MTA gave up the connection", f"{_LOG}: 1293, 9202, 1294", "Q193380"),
        Cause("the bind breaks the protocol for it", "what decode finds in the caller's connect"),
    ),
)
NO_BIND_ANSWER = Failure(
    "{called} does not answer the bind",
    (
        Cause(
            "packets as large as the bind or its answer do not get through",
            "retransmissions here; ICMP fragmentation needed; the MTU on the way",
        ),
        Cause("the called MTA is busy or hangs", "its process, and its event log"),
    ),
)
GIVEN_UP = Failure(
    "the bind was accepted, and the caller gave the association up at once",
    (
        Cause(
            "the name or the password in the answer is not what the caller's connector expects",
            "the calling MTA's event log: 48; its General page",
            "Q159182",
        ),
        Cause("it was a test, such as mta-emu ping", "who called"),
    ),
)
MESSAGE_REFUSED = Failure(
    "the called MTA could not take a message",
    (
        Cause("it cannot read the message", "its event log; what decode finds in the transfer"),
        Cause("it is short of something: disk, memory", "its event log"),
    ),
)
_OF_AN_ABORT = (
    Cause("one side broke the protocol for the other", "what decode finds before the abort"),
    Cause("an administrator or a restart ended it", "the event log of the side that aborted"),
)
ABORTED = Failure("the association was aborted", _OF_AN_ABORT)
ABORTED_TRANSFER = Failure(
    "the association was aborted in the middle of a transfer",
    (
        Cause(
            "large packets do not get through, and the side that waits for them gives up: a black "
            "hole for the path MTU",
            "retransmissions before the abort, and how long they are; ICMP; a capture on the other "
            "side of the router: which of them arrive there?",
        ),
        *_OF_AN_ABORT,
    ),
)
UNFINISHED = Failure(
    "a transfer did not come to its end",
    (
        Cause(
            "large packets do not get through: a black hole for the path MTU",
            "the size of the last packets that were acknowledged, retransmissions, ICMP",
        ),
        Cause("the connection was cut, or the capture ends here", "who sent the FIN or the RST"),
    ),
)
