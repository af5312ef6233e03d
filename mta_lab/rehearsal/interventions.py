"""What a play does to hosts in a rehearsal: other settings, and restarts."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from mta_emu.mta.configuration.reload import changes
from mta_lab.rehearsal.run import Run
from mta_lab.rehearsal.running import RunningMta
from mta_lab.topology.changed import with_settings
from mta_lab.topology.faults import Fault


def set_(run: Run, settings: Mapping[str, Any]) -> None:
    """Let hosts take settings; a connector that changes releases its associations first.

    Raises ConfigurationError for a wrong setting, NotReloadableError for one that an MTA takes only
    at its start.
    """
    state, before = run.state, run.state.world.topology
    after = with_settings(before, settings, state.now.isoformat(timespec="seconds"))
    changed = {name: changes(before.mtas[name], after.mtas[name]) for name in after.mtas}
    for name, its in changed.items():
        _close(run, state.mta(name), its.changed + its.removed)
    state.world = world = state.world.changed(after)
    for name, its in changed.items():
        mta = state.mta(name)
        mta.config = world.mtas[name]
        for config in mta.config.connectors:
            if config.name in its.changed + its.added:
                world.calls.pop((name, config.name), None)
                state.wake(mta, mta.begin(config))
            elif config.name in mta.connectors:
                mta.connectors[config.name].config = config


def restart(run: Run, host: str) -> None:
    """End a host in good order, and start it."""
    state = run.state
    if host in state.world.topology.mtas:
        mta = state.mta(host)
        _close(run, mta, mta.connectors)
        for name in mta.connectors:
            state.world.calls.pop((host, name), None)
        mta.start()
        for connector in mta.connectors.values():
            state.wake(mta, connector)
        return
    for association in list(state.associations):
        if host in association.opened.via:
            run.reset(association)


def disturb(run: Run, fault: Fault) -> str:
    """Bring a fault about, or lift those at its place; why what is open now is not modelled."""
    state = run.state
    state.world = world = state.world.disturbed(state.world.faults.after(fault))
    if fault.lasting:
        run.fault_ends[fault] = state.now + timedelta(seconds=fault.lasting)
    for association in state.associations:
        opened = association.opened
        end = world.way_again(opened)
        if end is None:
            return f"what becomes of the association of {opened.caller} and {opened.called}"
        association.largest_apdu = world.largest_apdu(opened, end)
    return ""


def _close(run: Run, mta: RunningMta, names: Iterable[str]) -> None:
    """Let connectors release their associations; what the peer does not release is aborted."""
    for connector in [mta.connectors[name] for name in names if name in mta.connectors]:
        connector.closing = True
        for _, side in run.state.sides(connector):
            side.standing = side.standing.release_wanted()
        run.settle()
        for association, _ in list(run.state.sides(connector)):
            run.end(association, aborted=True)
