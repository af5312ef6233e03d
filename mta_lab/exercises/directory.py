"""What `new` writes, and what `check` and `grade` read: the learner's directory.

The teacher's key file lies beside it. It has the seed, from which the key is computed again, and
the digests of the captures, so that frame numbers are those of the captures that were handed out.
"""

import os
import shutil
from pathlib import Path

from labkit.config import ConfigurationError, Section, as_yaml, load
from mta_lab.backends.registry import BackendName
from mta_lab.exercises import answers, handedin, repair, sheet
from mta_lab.exercises.answers import hints_taken, read_answers
from mta_lab.exercises.course import find
from mta_lab.exercises.exercise import Exercise, Scenario
from mta_lab.exercises.marking import Marks, by_digest, by_key, mark_all, nothing
from mta_lab.exercises.page import page
from mta_lab.exercises.playing import Played, play
from mta_lab.exercises.sheet import read_sheet, sheet_of

_FOR_THE_TEACHER = 0o600


class CaptureKey(Section):
    """How many octets a capture that was handed out has, and its SHA-256."""

    octets: int
    sha256: str


class KeyFile(Section):
    """The teacher's: which exercise, which seed, and what each capture was."""

    exercise: str
    seed: str
    captures: dict[str, CaptureKey]


def key_file(directory: Path) -> Path:
    """Where the key file of a learner's directory lies."""
    return directory.absolute().with_name(f"{directory.absolute().name}.key.yaml")


def write_exercise(exercise: Exercise, seed: str, directory: Path) -> None:
    """Play an exercise and write a learner's directory, and the key file beside it.

    Raises ConfigurationError when the directory is not empty, or this process may not capture what
    the exercise is about; OSError when the directory cannot be written.
    """
    _may_play(exercise)
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise ConfigurationError(f"{directory}: not empty; an exercise gets a directory of its own")
    scenario = exercise.scenario(seed)
    played = _play(exercise, scenario, directory)
    if exercise.kernel_only and played.result.capture.method != "kernel":
        shutil.rmtree(directory)
        raise ConfigurationError(
            f"{exercise.name} needs packets that only the kernel shows: make it as root, or with "
            "CAP_NET_RAW; learners need neither"
        )
    evidence = played.evidence(directory, scenario.views)
    questions = sheet_of(exercise, scenario, evidence, directory)
    repair.write_hosts(scenario.topology, scenario.given, directory)
    (directory / "exercise.md").write_text(page(exercise, scenario), "utf-8")
    (directory / answers.FILE).write_text(answers.form(questions), "utf-8")
    (directory / sheet.FILE).write_text(questions.model_dump_json(indent=1) + "\n", "utf-8")
    captures = {name: _capture_key(directory, name) for name in scenario.views}
    _write_key(key_file(directory), KeyFile(exercise=exercise.name, seed=seed, captures=captures))


def check(directory: Path) -> Marks:
    """Mark the answers in a directory by the digests in it. Raises ConfigurationError."""
    return mark_all(directory, read_sheet(directory), by_digest)


def grade(directory: Path) -> Marks:
    """Mark the answers in a directory by the key that its seed gives.

    What a learner has broken gets no points, and says why: a class is graded all the same. Raises
    ConfigurationError when the key file is missing or wrong, or something is missing here.
    """
    keys = load(key_file(directory), KeyFile)
    exercise = find(keys.exercise)
    scenario = exercise.scenario(keys.seed)
    try:
        _require_same_captures(directory, keys)
    except ConfigurationError as error:
        return nothing(exercise.name, scenario.questions, str(error))
    played = _play(exercise, scenario)
    evidence = played.evidence(directory, scenario.views)
    questions = sheet_of(exercise, scenario, evidence, directory)
    key = {each.name: each.right(evidence, directory) for each in scenario.questions}
    try:
        read_answers(directory, questions)
        hints_taken(directory)
    except ConfigurationError as error:
        return nothing(exercise.name, scenario.questions, str(error))
    return mark_all(directory, questions, by_key(key))


def _write_key(path: Path, keys: KeyFile) -> None:
    """Write a key file that nobody else may read, not even for a moment. Raises OSError.

    It is a new one: what lies there may be a link, or a file that somebody has open.
    """
    path.unlink(missing_ok=True)
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FOR_THE_TEACHER)
    with open(opened, "w", encoding="utf-8") as stream:
        stream.write(as_yaml(keys))


def _capture_key(directory: Path, name: str) -> CaptureKey:
    octets, digest = handedin.size(directory, name), handedin.digest(directory, name)
    return CaptureKey(octets=octets, sha256=digest)


def _require_same_captures(directory: Path, keys: KeyFile) -> None:
    """Raise ConfigurationError when a capture is not the one that was handed out."""
    for name, key in keys.captures.items():
        is_as_long = handedin.size(directory, name) == key.octets  # else it may be without end
        if not is_as_long or handedin.digest(directory, name) != key.sha256:
            raise ConfigurationError(f"{directory / name}: not the capture that was handed out")


def _play(exercise: Exercise, scenario: Scenario, directory: Path | None = None) -> Played:
    """Play an exercise; with a directory, write its captures. Raises ConfigurationError."""
    _may_play(exercise)
    played = play(scenario.topology, directory, scenario.views, exercise.backend)
    if played.result.differences:
        found = "; ".join(map(str, played.result.differences))
        raise ConfigurationError(f"{exercise.name}: the play did not come to its end: {found}")
    return played


def _may_play(exercise: Exercise) -> None:
    """Raise ConfigurationError when this user may not play an exercise."""
    if exercise.backend is BackendName.NETNS and os.geteuid() != 0:
        raise ConfigurationError(
            f"{exercise.name} is played in network namespaces (netns), which need root: make and "
            "grade it as root; learners need no rights"
        )
