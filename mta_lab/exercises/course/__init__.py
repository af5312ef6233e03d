"""The exercises, easiest first; `sites` is what they are played on."""

from labkit.config import ConfigurationError
from labkit.problems import instead
from mta_lab.exercises.course import (
    bind_errors,
    black_hole,
    calls_again,
    checkpoints,
    contexts,
    dr_reasons,
    half_a_capture,
    layers_above,
    mail_waits,
    nat,
    no_answer,
    reports,
    selectors,
    silence,
    sizes,
    tokens,
    trace,
    turns,
    two_firewalls,
    which_layer,
    whose_address,
    wrong_answer,
)
from mta_lab.exercises.exercise import Exercise

COURSE: tuple[Exercise, ...] = (
    whose_address.EXERCISE,
    no_answer.EXERCISE,
    calls_again.EXERCISE,
    half_a_capture.EXERCISE,
    nat.EXERCISE,
    silence.EXERCISE,
    sizes.EXERCISE,
    selectors.EXERCISE,
    dr_reasons.EXERCISE,
    layers_above.EXERCISE,
    tokens.EXERCISE,
    contexts.EXERCISE,
    which_layer.EXERCISE,
    bind_errors.EXERCISE,
    wrong_answer.EXERCISE,
    turns.EXERCISE,
    checkpoints.EXERCISE,
    trace.EXERCISE,
    reports.EXERCISE,
    mail_waits.EXERCISE,
    two_firewalls.EXERCISE,
    black_hole.EXERCISE,
)


def find(name: str) -> Exercise:
    """The exercise with that name. Raises ConfigurationError."""
    by_name = {each.name: each for each in COURSE}
    if name not in by_name:
        raise ConfigurationError(f"no exercise {name!r}; {instead(name, [*by_name])}")
    return by_name[name]
