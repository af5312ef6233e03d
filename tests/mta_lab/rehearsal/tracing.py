"""A topology without an MTA in which a SYN can meet all that there is."""

import json
from typing import Any

RULES = """
table inet filter {
    chain forward {
        type filter hook forward priority filter; policy accept;
        tcp dport 103 reject with icmpx admin-prohibited
        tcp dport 104 reject with tcp reset
        tcp dport 105 drop
    }
}
table ip nat {
    chain post {
        type nat hook postrouting priority srcnat;
        tcp dport 106 masquerade
    }
}
"""

TOPOLOGY: dict[str, Any] = {
    "name": "tracing",
    "title": "All that a SYN can meet",
    "networks": {"outside": "203.0.113.0/24", "inside": "198.51.100.0/24"},
    "hosts": {"core.example": "198.51.100.10"},
    "firewalls": {
        "RULES": {
            "engine": "nftables",
            "interfaces": {
                "outside": {"address": "203.0.113.1"},
                "inside": {"address": "198.51.100.1"},
            },
            "text": RULES,
        },
        "PROXY": {
            "interfaces": {
                "outside": {"address": "203.0.113.2"},
                "inside": {"address": "198.51.100.2"},
            },
            "services": [
                {
                    "name": name,
                    "listen": {"interface": "outside", "port": port},
                    "destination": {"address": address, "port": to},
                    "onward_interface": "inside",
                }
                for name, port, address, to in (
                    ("open", 102, "core.example", 102),
                    ("closed", 110, "198.51.100.10", 9),
                    ("nobody", 111, "198.51.100.99", 102),
                )
            ],
        },
    },
    "programs": {
        "CLIENT": {"address": "203.0.113.50"},
        "CORE": {"address": "198.51.100.10", "port": [102, 103, 104, 105, 106]},
    },
}


def _over_ipv6(topology: dict[str, Any]) -> dict[str, Any]:
    """The same with documentation addresses of IPv6 (RFC 3849)."""
    text = json.dumps(topology).replace("table ip nat", "table ip6 nat")
    for ours, theirs in (("203.0.113", "2001:db8:1::"), ("198.51.100", "2001:db8:2::")):
        text = text.replace(f"{ours}.0/24", f"{theirs}/64").replace(f"{ours}.", theirs)
    changed: dict[str, Any] = json.loads(text)
    return changed


IPV6_TOPOLOGY = _over_ipv6(TOPOLOGY)

#: Whom CLIENT calls; the answer, the host that gives it, and the source address that is seen.
CALLS = [
    ("198.51.100.10:102", "connected", "CORE", "203.0.113.50"),
    ("core.example:106", "connected", "CORE", "198.51.100.1"),
    ("198.51.100.10:103", "icmp type 3 code 13", "RULES", None),
    ("198.51.100.10:104", "reset", "RULES", None),
    ("198.51.100.10:105", "silence", "RULES", None),
    ("198.51.100.10:107", "reset", "CORE", None),
    ("203.0.113.2", "connected", "CORE", "198.51.100.2"),
    ("203.0.113.2:109", "reset", "PROXY", None),
    ("203.0.113.2:110", "accepted, then closed", "CORE", None),
    ("203.0.113.2:111", "accepted, then closed", "PROXY", None),
    ("203.0.113.99", "icmp type 3 code 1", "CLIENT", None),
    ("192.0.2.1", "icmp type 3 code 0", "RULES", None),
]

#: The same over IPv6, whose errors have other numbers (RFC 4443 3.1).
IPV6_CALLS = [
    ("[2001:db8:2::10]:102", "connected", "CORE", "2001:db8:1::50"),
    ("core.example:106", "connected", "CORE", "2001:db8:2::1"),
    ("[2001:db8:2::10]:103", "icmp type 1 code 1", "RULES", None),
    ("[2001:db8:2::10]:104", "reset", "RULES", None),
    ("[2001:db8:2::10]:105", "silence", "RULES", None),
    ("[2001:db8:2::10]:107", "reset", "CORE", None),
    ("2001:db8:1::2", "connected", "CORE", "2001:db8:2::2"),
    ("[2001:db8:1::2]:109", "reset", "PROXY", None),
    ("[2001:db8:1::2]:110", "accepted, then closed", "CORE", None),
    ("[2001:db8:1::2]:111", "accepted, then closed", "PROXY", None),
    ("2001:db8:1::99", "icmp type 1 code 3", "CLIENT", None),
    ("2001:db8:9::1", "icmp type 1 code 0", "RULES", None),
]
