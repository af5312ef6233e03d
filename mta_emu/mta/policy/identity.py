"""Who binds, or answers a bind: names, passwords and selectors beside a connector's pages.

No comparison shows a password.
"""

from typing import NamedTuple

from labkit.reason import Reason
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.comparison import Comparison, reason_of
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors, selector_text


class Bind(NamedTuple):
    """What a connector's call brings: who is called and who calls, and how they are to talk."""

    called: Selectors
    calling: Selectors
    credentials: Credentials
    two_way: bool
    mode: Mode


def bind_of(config: MtaConfig, connector: ConnectorConfig) -> Bind:
    """The bind of a connector's call."""
    mode = connector.advanced.conformance
    return Bind(
        travelling(connector.stack.outgoing.for_stack(), mode),
        travelling(config.server.transport_stack.selectors.for_stack(), mode),
        Credentials(*config.local_credentials(connector)),
        connector.advanced.two_way_alternate,
        mode,
    )


def compare_name(connector: ConnectorConfig, credentials: Credentials) -> Comparison:
    """Compare an MTA name with the remote MTA name on the General page.

    Between Exchange servers the name is not case-sensitive (Q165111), towards a foreign MTA it is
    (Q169159): one whose connector does not allow Exchange contents.
    """
    general = connector.general
    name, expected = credentials.name, general.remote_mta_name
    if connector.advanced.allow_exchange_contents:
        fits = name.casefold() == expected.casefold()
    else:
        fits = name == expected
    case = ""
    if not fits and name.casefold() == expected.casefold():
        case = " (case counts, because its Advanced page does not allow Exchange contents)"
    return Comparison(
        "MTA name",
        fits,
        f"MTA name {name or '(empty)'}",
        f"{expected}, the remote MTA name on the General page of connector {connector.name}{case}",
        expected,
        name,
        general.place("remote_mta_name"),
    )


def compare_password(connector: ConnectorConfig, credentials: Credentials) -> Comparison:
    """Compare a password with the remote MTA password on the General page; case counts."""
    general = connector.general
    return Comparison(
        "password",
        credentials.password == general.remote_mta_password.encode("ascii"),
        f"password of MTA {credentials.name}",
        f"the remote MTA password on the General page of connector {connector.name}",
        place=general.place("remote_mta_password"),
    )


def compare_selectors(connector: ConnectorConfig, arrived: Selectors, mode: Mode) -> Comparison:
    """Compare a caller's selectors with the incoming ones on the Stack page.

    Those are the outgoing ones while all of them are blank (Q152934).
    """
    stack = connector.stack
    expected, seen = stack.expected.for_stack(), travelling(arrived, mode)
    pairs = [
        (letter, getattr(expected, layer), getattr(seen, layer))
        for letter, layer in (("T", "transport"), ("S", "session"), ("P", "presentation"))
    ]
    shown = [pair for pair in pairs if pair[1] != pair[2]] or pairs
    wanted = ", ".join(f"{letter} {_text(configured)}" for letter, configured, _ in shown)
    brought = ", ".join(f"{letter} {_text(came)}" for letter, _, came in shown)
    own = stack.expected is stack.incoming
    field = "incoming" if own else "outgoing"
    of = f"the {field} ones on the Stack page of connector {connector.name}"
    default = "" if own else " (which has no incoming ones)"
    travels = ""
    if expected != travelling(expected, mode):
        travels = f"; only a T selector travels in mode {mode.value}"
    return Comparison(
        "selectors",
        expected == seen,
        f"selectors {brought}",
        f"{wanted}, {of}{default}{travels}",
        wanted,
        brought,
        stack.place(field),
        verb="are",
    )


def impostor(connector: ConnectorConfig, credentials: Credentials) -> Reason | None:
    """Why the MTA that answered a bind is not the one that was meant (Q159182); None: it is."""
    for compare in (compare_name, compare_password):
        compared = compare(connector, credentials)
        if not compared.fits:
            return reason_of([compared])
    return None


def travelling(selectors: Selectors, mode: Mode) -> Selectors:
    """What of a system's selectors travels: in the X.410 modes no P- and no S-selector.

    A connector that has one there can match no caller (Q152932, Q166308).
    """
    if mode is Mode.NORMAL_1988:
        return selectors
    return Selectors(transport=selectors.transport)


def _text(selector: bytes) -> str:
    return selector_text(selector) or "(none)"
