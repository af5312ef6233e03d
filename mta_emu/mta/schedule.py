"""The Schedule page as a decision: may a connector call, and may it be called?"""

from mta_emu.mta.config import Activation, Schedule


def may_initiate(schedule: Schedule) -> bool:
    """Whether the connector opens associations itself (Q190022)."""
    return schedule.activation is Activation.ALWAYS


def may_accept(schedule: Schedule) -> bool:
    """Whether the connector lets the remote MTA open associations (Q169716)."""
    return schedule.activation is not Activation.NEVER
