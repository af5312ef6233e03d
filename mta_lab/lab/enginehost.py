"""What the process that runs a firewall of others reads: its file, and what records need."""

from pathlib import Path

from pydantic import Field

from labkit.clock import Clock
from labkit.config import Section
from mta_lab.topology.firewalls import ForeignEngine, ForeignFirewall, TableNumber


class EngineText(Section):
    """A configuration, and where it is written: lines of the text are lines of that file."""

    text: str
    file: str
    directory: str


class EngineHost(Section):
    """A firewall of others on its host."""

    engine: ForeignEngine
    interfaces: tuple[str, ...]
    configuration: EngineText
    netfilter: EngineText | None = None
    """Of a program that proxies: the rules of its machine."""
    rules: tuple[str, ...] = ()
    tables: dict[TableNumber, tuple[str, ...]] = Field(default_factory=dict)
    """Its policy routing, as the topology has it."""
    clock: Clock

    @classmethod
    def of(cls, firewall: ForeignFirewall, clock: Clock) -> "EngineHost":
        """The host of a firewall of the topology."""
        texts = [
            EngineText(
                text=each.text, file=each.name, directory=str(Path(each.directory).absolute())
            )
            for each in (firewall.configuration(), firewall.netfilter_rules())
        ]
        return cls(
            engine=firewall.engine,
            interfaces=tuple(firewall.interfaces),
            configuration=texts[0],
            netfilter=texts[1] if firewall.netfilter else None,
            rules=firewall.rules,
            tables=firewall.tables,
            clock=clock,
        )
