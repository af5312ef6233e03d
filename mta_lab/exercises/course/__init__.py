"""The exercises, easiest first; `sites` is what they are played on."""

from labkit.config import ConfigurationError
from labkit.problems import instead
from mta_lab.exercises.course import mail_waits, whose_address
from mta_lab.exercises.exercise import Exercise

COURSE: tuple[Exercise, ...] = (whose_address.EXERCISE, mail_waits.EXERCISE)


def find(name: str) -> Exercise:
    """The exercise with that name. Raises ConfigurationError."""
    by_name = {each.name: each for each in COURSE}
    if name not in by_name:
        raise ConfigurationError(f"no exercise {name!r}; {instead(name, [*by_name])}")
    return by_name[name]
