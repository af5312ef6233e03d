"""What would become of the mail of a lab that is up, if one thing were changed in it."""

from collections.abc import Mapping
from typing import Any

from labkit.config import ConfigurationError
from labkit.problems import instead
from mta_emu.mta.configuration.reload import NotReloadableError
from mta_emu.mta.configuration.reload import changes as changes_of_mta
from mta_lab.lab.current import Now
from mta_lab.rehearsal.report import Flow, flows_of
from mta_lab.topology.changed import with_settings
from mta_lab.topology.faults import Fault

Flows = tuple[Flow, ...]


def dry_run(now: Now, settings: Mapping[str, Any], *, restart: bool) -> tuple[Flows, Flows]:
    """What becomes of the mail as things are, and what would with these settings.

    Raises ConfigurationError for what a host would refuse; with `restart`, hosts that cannot take
    it while they run are started again.
    """
    after = with_settings(now.topology, settings, now.at.isoformat(timespec="seconds"))
    for name, old in now.topology.mtas.items():
        try:
            changes_of_mta(old, after.mtas[name])
        except NotReloadableError as error:
            if not restart:
                raise ConfigurationError(f"{name}: {error}\n--restart would do it") from error
    return flows_of(now.topology, now.at, now.faults), flows_of(after, now.at, now.faults)


def dry_fault(now: Now, fault: Fault) -> tuple[Flows, Flows]:
    """The same for a fault that comes, or is lifted. Raises ConfigurationError for no place."""
    places = now.topology.fault_places()
    if fault.on not in places:
        raise ConfigurationError(f"no network or service {fault.on!r}; {instead(fault.on, places)}")
    after = now.faults.after(fault)
    return flows_of(now.topology, now.at, now.faults), flows_of(now.topology, now.at, after)
