"""The gateway address resolution table (GWART): which connectors lead where, at which cost."""

from collections.abc import Iterator

from mta_emu.mta.configuration.addressspace import RoutedAddressSpace
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mts import addresstext


def gwart(config: MtaConfig) -> Iterator[str]:
    """The routing table as the lines of GWART0.MTA: type, address space, cost, connectors.

    Sites come first, by distinguished name, then the X.400 address spaces (Q149121).
    """
    lines: dict[tuple[str, int], list[str]] = {}
    for destination, cost, name in _entries(config):
        lines.setdefault((destination, cost), []).append(name)
    for (destination, cost), names in sorted(lines.items()):
        yield f"{destination};,{cost},{','.join(dict.fromkeys(names))},"


def _entries(config: MtaConfig) -> Iterator[tuple[str, int, str]]:
    """Type and address space, cost, connector."""
    spaces = {connector.name: connector.spaces for connector in config.connectors}
    spaces |= {remote.directory_name: remote.address_space for remote in config.remote_connectors}
    for connector in config.connectors:
        for site in connector.connected_sites:
            yield f"EX,/O={site.organization}/OU={site.site}", site.cost, connector.name
    for name, of_connector in spaces.items():
        for space in of_connector:
            yield f"X400,{space_text(space)}", space.cost, name


def space_text(space: RoutedAddressSpace) -> str:
    """An address space as the routing table has it; one without any attribute is `*`."""
    pairs = addresstext.pairs(space.pattern)
    return ";".join(f"{keyword.lower()}={value}" for keyword, value in pairs) or "*"
