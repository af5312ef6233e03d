"""The event log: Exchange's events, to the letter (source MSExchangeMTA)."""

from dataclasses import dataclass

SOURCE = "MSExchangeMTA"

_WARNING, _INFORMATION = "Warning", "Information"
_SECURITY, _X400_SERVICE, _RESOURCE = "Security", "X.400 Service", "Resource"

#: ID: (type, category, text). 301 is reconstructed from what articles quote of it.
_DEFINITIONS = {
    37: (
        _WARNING,
        _SECURITY,
        "The {dn} (Adjacent-MTA) entity attempted to open an association while suspended. "
        "[MTA XFER-IN 22 35] (14)",
    ),
    48: (
        _WARNING,
        _SECURITY,
        "An error occurred authenticating credentials from the remote entity {dn}. "
        "[{association} MTA XFER-IN 23 42] (14)",
    ),
    51: (
        _WARNING,
        _SECURITY,
        "An unknown MTA has attempted to bind. The MTA name in bind is {name}. "
        "The MTA presentation address is /t:0x{t_selector}/n:0x{address}, "
        "Association index: {association}. [MTA XFER-IN 35 42] (14)",
    ),
    55: (
        _WARNING,
        _SECURITY,
        "The incorrect link option mode was specified by the binding remote entity {dn}, "
        "association index: {association}. [MTA XFER-IN 22 35] (14)",
    ),
    289: (
        _WARNING,
        _X400_SERVICE,
        "A connection to {dn} could not be opened. [MTA XFER-IN 17 26] (12)",
    ),
    301: (
        _INFORMATION,
        _X400_SERVICE,
        "An open retry delay timer started on the association to {dn} on control block {block}. "
        "Another attempt to reopen the association will be made in {seconds} seconds.",
    ),
    1290: (
        _WARNING,
        _X400_SERVICE,
        "A locally initiated association to {dn} was refused. "
        "The failure reason provider was {provider} and the reason was {reason}. "
        "Control block index {block}. Type 1. [PLATFORM KERNEL 20 130] (12)",
    ),
    1293: (
        _WARNING,
        _X400_SERVICE,
        "A remotely-initiated association from {dn} was refused. "
        "The failure reason provider is {provider} and the reason is {reason}. "
        "Control block index {block}. Type 1. [PLATFORM KERNEL 26 128] (12)",
    ),
    1294: (
        _WARNING,
        _X400_SERVICE,
        "An association with entity {dn} ended abnormally. "
        "[{block} 1 0 1 PLATFORM KERNEL 20 130] (10)",
    ),
    9156: (
        _WARNING,
        _RESOURCE,
        "A resource limit has been reached while attempting to open an association. "
        "There are no free control blocks available for network type 1. "
        "The configured count is {count}. [BASE IL MAIN BASE 1 282] (10)",
    ),
}


@dataclass(frozen=True)
class Event:
    """A line of the event log."""

    id: int
    type: str
    category: str
    text: str
    source: str = SOURCE


def event(number: int, **values: object) -> Event:
    """The event `number` with the values that its text asks for."""
    kind, category, text = _DEFINITIONS[number]
    return Event(number, kind, category, text.format_map(values))
