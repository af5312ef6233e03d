"""Random rulesets of what is modelled, as text that nft takes, and random SYNs (hypothesis)."""

from ipaddress import ip_address

from hypothesis import strategies as st

from mta_lab.engines.decision import Syn
from tests.mta_lab.engines.boxes import INSIDE, OUTSIDE
from tests.mta_lab.engines.wire import CLIENTS, PORTS, SERVERS

HOSTS = (*CLIENTS, *SERVERS, OUTSIDE, INSIDE)
NETWORKS = ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "0.0.0.0/0", "203.0.113.50/31")
_INTERFACES = ('"outside"', '"inside"', '"in*"', '{ "inside", "o*" }', '!= "outside"')
_EITHER = st.sampled_from(("", "!= "))


def _set(values: tuple[object, ...]) -> st.SearchStrategy[str]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)
    return chosen.map(lambda found: f"{{ {', '.join(map(str, found))} }}")


def _address(end: str) -> st.SearchStrategy[str]:
    what = st.one_of(
        st.sampled_from(HOSTS),
        st.sampled_from(NETWORKS),
        _set(HOSTS),
        st.just("198.51.100.0-203.0.113.50"),
        st.just("@friends"),
    )
    return st.builds(lambda no, found: f"ip {end} {no}{found}", _EITHER, what)


def _port(end: str) -> st.SearchStrategy[str]:
    what = st.one_of(
        st.builds(lambda no, port: f"{no}{port}", _EITHER, st.sampled_from(PORTS)),
        st.builds(lambda no, found: f"{no}{found}", _EITHER, _set((*PORTS, "200-20000"))),
        st.sampled_from((">= 103", "< 103", "1-102")),
    )
    return what.map(lambda found: f"tcp {end} {found}")


def _pair(host: str, port: int) -> str:
    return f"ip saddr . tcp dport {{ {host} . {port} }}"


ANYWHERE = st.one_of(
    _address("saddr"),
    _address("daddr"),
    _port("dport"),
    _port("sport"),
    st.builds(lambda key, what: f"{key} {what}", st.just("iifname"), st.sampled_from(_INTERFACES)),
    st.builds(lambda key, what: f"{key} {what}", st.just("oifname"), st.sampled_from(_INTERFACES)),
    st.builds(_pair, st.sampled_from(CLIENTS), st.sampled_from(PORTS)),
    st.sampled_from(
        (
            "iif lo",
            "iif outside",
            "meta l4proto tcp",
            "ip protocol tcp",
            "meta nfproto ipv4",
            "tcp flags syn / fin,syn,rst,ack",
            "tcp flags & (fin | syn | rst | ack) != syn",
            "tcp flags syn",
            "tcp flags rst",
            "tcp flags ! ack",
            "tcp flags != syn",
            "ct state new",
            "ct state established,related",
            "ct state invalid",
            "ct state untracked",
            "ct state != new",
            "ct state { new, related }",
            "ct direction original",
            "ct direction reply",
            "ct status dnat",
            "ct status snat,dnat",
            "ct status & dnat == dnat",
            f"ct original ip daddr {OUTSIDE}",
            "ct mark 1",
            "ct mark != 0",
            "mark 1",
            "mark and 0x3 == 0x2",
            "limit rate 10/second burst 200 packets",
            "meta iifname . ip saddr { outside . 203.0.113.50 }",
            "ip saddr & 0.0.0.1 == 0.0.0.1",
        )
    ),
)
#: What nft takes in no rule that also says something of TCP.
ALONE = st.sampled_from(
    (
        "meta l4proto { tcp, udp }",
        "ip protocol icmp",
        "udp dport 102",
        "icmp type destination-unreachable",
        "th dport 102",
    )
)
_MARKS = st.sampled_from(
    ("mark set 1", "mark set mark or 2", "mark set ct mark", "ct mark set 1", "ct mark set mark")
)
_LOCAL = st.sampled_from(("fib daddr type local", "fib daddr type != local"))
_BACK = st.sampled_from(("fib saddr . iif oif missing", "fib saddr . iif oif exists"))
_END = st.sampled_from(
    ("accept", "accept", "drop", "return", "continue", "jump a", "goto a", "jump b")
)
_REJECT = st.sampled_from(
    (
        "reject",
        "meta l4proto tcp reject with tcp reset",
        "reject with icmp type host-unreachable",
        "reject with icmp type net-unreachable",
        "reject with icmp type admin-prohibited",
    )
)
_VMAP = st.sampled_from(
    (
        "tcp dport vmap { 102 : accept, 103-200 : jump a }",
        "ct state vmap { established : accept, new : continue, invalid : drop }",
        f"ip saddr vmap {{ {CLIENTS[0]} : drop, 198.51.100.0/24 : goto b }}",
        "iifname vmap { outside : jump b, inside : accept }",
        "ip saddr . tcp dport vmap @pairs",
    )
)


def _rule(
    *parts: st.SearchStrategy[str], matches: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.builds(
        lambda conditions, does: " ".join((*conditions, "counter", does)),
        st.one_of(*[st.lists(matches, max_size=2)] * 9, ALONE.map(lambda found: [found])),
        st.one_of(*parts),
    )


_SIMPLE = _rule(st.sampled_from(("accept", "drop", "return")), matches=ANYWHERE)
_BELOW = _rule(st.sampled_from(("accept", "drop", "return", "jump b", "goto b")), matches=ANYWHERE)
_FILTER = _rule(_END, _END, _MARKS, _REJECT, _VMAP, matches=st.one_of(ANYWHERE, _LOCAL, _BACK))
_RAW = _rule(_END, _MARKS, st.just("notrack"), matches=ANYWHERE)
_MANGLE = _rule(_END, _MARKS, st.just("meta l4proto tcp tproxy ip to :1102"), matches=ANYWHERE)
_PLAIN = _rule(_END, _MARKS, _VMAP, matches=ANYWHERE)
_DNAT = _rule(
    _END,
    st.builds(lambda host: f"dnat ip to {host}", st.sampled_from((*SERVERS, OUTSIDE))),
    st.builds(
        lambda host, port: f"meta l4proto tcp dnat ip to {host}:{port}",
        st.sampled_from(SERVERS),
        st.sampled_from(PORTS),
    ),
    st.sampled_from(
        (
            "redirect",
            "tcp dport 103 redirect to :102",
            "dnat ip to tcp dport map { 102 : 192.0.2.2, 103 : 192.0.2.3 }",
            "dnat ip to ip saddr . tcp dport map @targets",
        )
    ),
    matches=ANYWHERE,
)
_SNAT = _rule(
    _END,
    st.builds(lambda host: f"snat ip to {host}", st.sampled_from((INSIDE, "192.0.2.9", OUTSIDE))),
    st.sampled_from(
        (
            "masquerade",
            "meta l4proto tcp masquerade to :40000-65000",
            "masquerade random",
            f"snat ip to ip saddr map {{ {CLIENTS[0]} : 192.0.2.10, {CLIENTS[1]} : 192.0.2.11 }}",
        )
    ),
    matches=ANYWHERE,
)
_SNAT_IN = _rule(_END, st.just("snat ip to 192.0.2.9"), matches=ANYWHERE)

#: Type, hook, the priorities to choose from, and what rules may say there.
_CHAINS = (
    ("filter", "prerouting", (-300, -201), _RAW),
    ("filter", "prerouting", (-199, -150, -101, -50), _MANGLE),
    ("filter", "prerouting", (-150, -100, -99, 0), _FILTER),
    ("nat", "prerouting", (-150, -100, 0), _DNAT),
    ("filter", "input", (0, 101), _FILTER),
    ("nat", "input", (0, 100), _SNAT_IN),
    ("filter", "forward", (-150, 0, 0, 10), _FILTER),
    ("filter", "output", (-300, -150, 0), _PLAIN),
    ("filter", "postrouting", (-150, 0, 99, 200), _PLAIN),
    ("nat", "postrouting", (0, 100), _SNAT),
)


@st.composite
def _base(draw: st.DrawFn, number: int) -> str:
    kind, hook, priorities, rule = draw(st.sampled_from(_CHAINS))
    rules = draw(st.lists(rule, max_size=5))
    policy = draw(st.sampled_from(("accept", "accept", "drop")))
    priority = draw(st.sampled_from(priorities))
    return _block(
        f"c{number}", [f"type {kind} hook {hook} priority {priority}; policy {policy};", *rules]
    )


@st.composite
def _table(draw: st.DrawFn, family: str, name: str) -> str:
    bases = [draw(_base(number)) for number in range(draw(st.integers(1, 4)))]
    return "\n".join(
        (
            f"table {family} {name} {{",
            "set friends { type ipv4_addr; flags interval;",
            f"elements = {{ {CLIENTS[0]}, 198.51.100.0/24, 192.0.2.1-192.0.2.2 }}; }}",
            "map pairs { type ipv4_addr . inet_service : verdict;",
            f"elements = {{ {CLIENTS[0]} . 102 : jump b, {CLIENTS[1]} . 103 : drop }}; }}",
            "map targets { type ipv4_addr . inet_service : ipv4_addr;",
            f"elements = {{ {CLIENTS[0]} . 102 : 192.0.2.3 }}; }}",
            _block("b", draw(st.lists(_SIMPLE, max_size=2))),
            _block("a", draw(st.lists(_BELOW, max_size=3))),
            *bases,
            "}",
        )
    )


def _block(name: str, lines: list[str]) -> str:
    return "\n".join((f"chain {name} {{", *lines, "}"))


#: The text of a ruleset: one table or two.
RULESETS = st.one_of(
    _table("inet", "one"),
    st.builds(lambda one, two: f"{one}\n{two}\n", _table("ip", "one"), _table("inet", "two")),
)


@st.composite
def syns(draw: st.DrawFn, count: int) -> list[Syn]:
    """SYNs that arrive outside, with the source ports 1, 2, ...: a test makes them unique."""
    return [
        Syn(
            "outside",
            ip_address(draw(st.sampled_from(CLIENTS))),
            number + 1,
            ip_address(draw(st.sampled_from((OUTSIDE, OUTSIDE, INSIDE, *SERVERS)))),
            draw(st.sampled_from(PORTS)),
        )
        for number in range(count)
    ]
