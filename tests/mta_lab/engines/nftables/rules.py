"""Rulesets from text, for the tests; nft reads it, which needs root."""

from mta_lab.engines.decision import Decision
from mta_lab.engines.nftables import reader
from mta_lab.engines.nftables.engine import Nftables
from mta_lab.engines.nftables.ruleset import Ruleset
from tests.mta_lab.engines.boxes import CLIENT, SERVER, box, routes, syn

FILE = "site.nft"


def ruleset(text: str) -> Ruleset:
    return reader.read(text, FILE, ["outside", "inside"])


def forward(*rules: str, policy: str = "accept", family: str = "inet") -> str:
    """A table with one chain, at the hook forward."""
    lines = "\n".join(rules)
    head = f"type filter hook forward priority filter; policy {policy};"
    return f"table {family} site {{\nchain forward {{\n{head}\n{lines}\n}}\n}}\n"


def decide(text: str, to: str = SERVER, port: int = 102, source: str = CLIENT) -> Decision:
    engine = Nftables(box(), ruleset(text))

    return engine.decide(syn(to, port, source), routes())
