"""The Schedule page as decisions: may a connector call, may it be called, and when does it next.

The week grid is read in lab time, which is UTC. Outside its slots a connector does not call, but
answers (Q190022); one whose schedule is never does neither (Q169716).
"""

from datetime import datetime, timedelta
from enum import Enum

from labkit.reason import Reason
from mta_emu.mta.configuration.pages import Activation, ConnectorConfig, Day, Schedule

_DAYS = tuple(Day)
_WEEK = 7


class ActivationState(Enum):
    """The activation states (Q193322), who connects soonest first."""

    ACTIVE_NOW = "active now"
    WILL_BECOME_ACTIVE = "will become active"
    REMOTE_INITIATED = "remote initiated"
    NEVER = "never"


_STATES = {
    Activation.ALWAYS: ActivationState.ACTIVE_NOW,
    Activation.NEVER: ActivationState.NEVER,
    Activation.REMOTE_INITIATED: ActivationState.REMOTE_INITIATED,
}


def activation_state(schedule: Schedule, now: datetime) -> ActivationState:
    """In which of the four states a connector is at lab time `now`."""
    if schedule.activation is not Activation.SELECTED_TIMES:
        return _STATES[schedule.activation]
    return (
        ActivationState.ACTIVE_NOW
        if _in_slot(schedule, now)
        else ActivationState.WILL_BECOME_ACTIVE
    )


def may_initiate(schedule: Schedule, now: datetime) -> bool:
    """Whether the connector opens associations itself at lab time `now`."""
    return activation_state(schedule, now) is ActivationState.ACTIVE_NOW


def initiation(connector: ConnectorConfig, now: datetime) -> Reason:
    """Why a connector calls at lab time `now` or does not, and then when it will."""
    schedule = connector.schedule
    state, change = activation_state(schedule, now), next_change(schedule, now)
    text = f"connector {connector.name} {_INITIATIONS[state]}"
    if state is ActivationState.WILL_BECOME_ACTIVE:
        text += f" {change:%A %Y-%m-%d %H:%M} UTC"
    selected = schedule.activation is Activation.SELECTED_TIMES
    field = "selected_times" if selected else "activation"
    return Reason(
        "schedule", text, ActivationState.ACTIVE_NOW.value, state.value, schedule.place(field)
    )


_INITIATIONS = {
    ActivationState.ACTIVE_NOW: "is active now",
    ActivationState.WILL_BECOME_ACTIVE: "is not active now, and becomes active on",
    ActivationState.REMOTE_INITIATED: "never calls: its activation is remote-initiated",
    ActivationState.NEVER: "never calls: its activation is never",
}


def may_accept(schedule: Schedule) -> bool:
    """Whether the connector lets the remote MTA open associations."""
    return schedule.activation is not Activation.NEVER


def next_change(schedule: Schedule, now: datetime) -> datetime | None:
    """The first moment after `now` when the connector becomes active or stops to be.

    None when its state never changes.
    """
    if schedule.activation is not Activation.SELECTED_TIMES:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = sorted(
        midnight + timedelta(days=days, minutes=minute)
        for days in range(_WEEK + 1)
        for slots in schedule.selected_times.get(_day(midnight + timedelta(days=days)), ())
        for minute in slots
    )
    active = _in_slot(schedule, now)
    later = (each for each in moments if each > now and _in_slot(schedule, each) != active)
    return next(later, None)


def _in_slot(schedule: Schedule, moment: datetime) -> bool:
    minute = moment.hour * 60 + moment.minute
    slots = schedule.selected_times.get(_day(moment), ())
    return any(each.start <= minute < each.end for each in slots)


def _day(moment: datetime) -> Day:
    return _DAYS[moment.weekday()]
