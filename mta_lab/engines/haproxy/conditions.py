"""Which connections the rules of a proxy are about: `tcp-request`, ACLs, `if` and `unless`."""

from collections.abc import Callable, Mapping, Sequence

from labkit.addresses import IPAddress
from labkit.reason import Reason
from mta_lab.engines.decision import How, Syn
from mta_lab.engines.directive import Directive
from mta_lab.engines.haproxy.reader import Section

#: What an ACL may ask of a connection, and how its value is compared.
_ASKED: Mapping[str, Callable[[Syn], IPAddress | int]] = {
    "src": lambda syn: syn.source,
    "dst": lambda syn: syn.destination,
    "src_port": lambda syn: syn.source_port,
    "dst_port": lambda syn: syn.destination_port,
}


def refused(section: Section, syn: Syn, reasons: list[Reason]) -> How | None:
    """How a `tcp-request` rule closes the connection; the first that applies decides.

    Of a connection that is rejected before it has a session the client hears a reset (seen on
    packets).
    """
    for stage in ("connection", "session", "content"):
        for each in section.all("tcp-request"):
            if each.words[1] != stage:
                continue
            action, condition = each.words[2], each.words[3:]
            if action not in ("accept", "reject"):
                raise each.not_modelled()
            if applies(each, condition, section, syn):
                reasons.append(each.reason(seen=str(syn.source)))
                if action == "reject":
                    return How.ACCEPTED_RESET if stage == "connection" else How.CLOSED
                break
    return None


def applies(line: Directive, condition: Sequence[str], section: Section, syn: Syn) -> bool:
    """Whether `if` or `unless` and a condition hold; without any they do."""
    if not condition:
        return True
    word, *rest = condition
    if word not in ("if", "unless"):
        raise line.not_modelled()
    alternatives: list[list[bool]] = [[]]
    while rest:
        name = rest.pop(0)
        if name in ("or", "||"):
            alternatives.append([])
            continue
        no = name.startswith("!")
        name = name.removeprefix("!") or rest.pop(0)
        if name == "{":
            end = rest.index("}")
            found = _asked(line, rest[:end], syn)
            rest = rest[end + 1 :]
        else:
            found = _acl(line, name, section, syn)
        alternatives[-1].append(found != no)
    return any(map(all, alternatives)) == (word == "if")


def _acl(line: Directive, name: str, section: Section, syn: Syn) -> bool:
    """Whether any of the lines of an ACL holds."""
    if name in ("TRUE", "FALSE"):
        return name == "TRUE"
    lines = [each for each in section.all("acl") if each.words[1] == name]
    if not lines:
        raise line.not_modelled()
    return any(_asked(each, each.words[2:], syn) for each in lines)


def _asked(line: Directive, words: Sequence[str], syn: Syn) -> bool:
    asked, *values = words
    if asked in ("always_true", "always_false"):
        return asked == "always_true"
    if asked not in _ASKED or any(each.startswith("-") for each in values):
        raise line.not_modelled()
    seen = _ASKED[asked](syn)
    if isinstance(seen, int):
        ranges = [each.partition(":") for each in values]
        return any(
            line.port(first) <= seen <= line.port(last or first) for first, _, last in ranges
        )
    return line.has(values, seen)
