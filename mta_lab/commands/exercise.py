"""`mta-lab exercise`: exercises about captures, made from a seed and graded by packets."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from labkit.commands import Group
from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError
from labkit.interrupts import terminable
from labkit.loop import run as run_loop
from labkit.output import say, say_document, say_json, say_lines
from labkit.spread import cores
from mta_lab.commands import EXIT_FAILED, AsJson, EachCore, errors_for_people
from mta_lab.commands.pages import HERE, At, end_of, warn_of_others, web_extra
from mta_lab.exercises import grading
from mta_lab.exercises.answers import take_hint
from mta_lab.exercises.classroom import missing, places, read_names, write_class
from mta_lab.exercises.course import COURSE, find
from mta_lab.exercises.dialogue import ask
from mta_lab.exercises.directory import check as check_directory
from mta_lab.exercises.directory import grade as grade_directory
from mta_lab.exercises.directory import key_file, write_exercise
from mta_lab.exercises.marking import Mark, Marks
from mta_lab.exercises.page import about
from mta_lab.exercises.sheet import read_sheet

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="Exercises about captures, made from a seed and graded by packets.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The exercise: see `exercise list`.")]
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="What `exercise new` wrote.")]


@app.command("list")
def list_exercises(as_json: AsJson = False) -> None:
    """List the exercises of the course, easiest first."""
    for each in COURSE:
        if as_json:
            say_json(
                {
                    "name": each.name,
                    "level": int(each.level),
                    "title": each.title,
                    "minutes": each.minutes,
                    "rights": each.rights,
                }
            )
        else:
            rights = f" (made with {each.rights})" if each.rights else ""
            say(f"{each.level}  {each.name:16} {each.minutes:3} min  {each.title}{rights}")


@app.command()
def show(
    name: Name,
    solution: Annotated[
        bool, typer.Option("--solution", help="Show the model solution too, for teachers.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what an exercise is about: its aim, what to know before, the time it takes."""
    with errors_for_people():
        exercise = find(name)
    if as_json:
        page = {"aim": exercise.aim, "before": exercise.before, "minutes": exercise.minutes}
        say_json({"name": name, **page, **({"solution": exercise.solution} if solution else {})})
    else:
        say_lines(about(exercise, solution=solution))


@app.command()
def new(
    name: Name,
    seed: Annotated[str, typer.Option(help="Chooses all; one that nobody guesses.")],
    directory: Annotated[
        Path | None, typer.Option("-o", metavar="DIR", help="Where.  [default: NAME]")
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option("--class", metavar="FILE", help="A CSV file with names in the first column."),
    ] = None,
    jobs: EachCore = None,
) -> None:
    """Play an exercise on loopback and write a learner's directory.

    The teacher's key file lies beside it, DIR.key.yaml: keep it, and do not hand it out. With
    --class each name gets a directory below DIR, and a seed of its own made of S and the name;
    those that are there already stay.
    """
    target = directory or Path(name)  # without the seed, which learners must not know
    with errors_for_people():
        exercise = find(name)
        if names is not None:
            each = missing(name, places(read_names(names), seed, target))
            for written in write_class(name, each, jobs or cores()):
                say(f"{written}")
            return
        write_exercise(exercise, seed, target)
    say(f"{target}: begin with {target / 'exercise.md'}; for the teacher: {key_file(target).name}")


@app.command()
def check(
    directory: Directory,
    hint: Annotated[
        str | None,
        typer.Option(metavar="QUESTION", help="Give the next hint for a question; costs a point."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which of your answers are right; nothing but DIR is needed.

    Exit status 0: all are right; 1: some are not; 2: a file is wrong.
    """
    with errors_for_people():
        if hint is not None:
            text = take_hint(directory, read_sheet(directory), hint)
            if as_json:
                say_json({"question": hint, "hint": text})
            else:
                say_lines(text)
            return
        found = [(directory, check_directory(directory))]
        _show(found, as_json=as_json)
    _exit_status(found)


@app.command()
def do(directory: Directory) -> None:
    """Ask the questions one by one, with feedback; answers go to answers.yaml.

    Exit status 0: all are right; 1: some are not; 2: a file is wrong.
    """
    with errors_for_people():
        ask(directory, read_sheet(directory), _typed, say_lines)
        marks = check_directory(directory)
    right = sum(mark.right for mark in marks.marks)
    say(f"{right} of {len(marks.marks)} answers are right: {marks.points} of {marks.of} points")
    _exit_status([(directory, marks)])


def _typed() -> str | None:
    """The next line that is typed, None at the end; what is no UTF-8 in it is no answer."""
    return sys.stdin.buffer.readline().decode(errors="replace") or None


@app.command()
def web(directory: Directory, listen: At = None, as_json: AsJson = False) -> None:
    """Serve a page on which the questions are asked, beside the packets of the captures.

    It is `do` with a page for a terminal: answers go to answers.yaml, hints cost the same, and a
    repair is played. It prints the page's address, which nobody can guess. Needs the extra `web`.
    The page ends with Ctrl-C.
    """
    with errors_for_people(), terminable():
        with web_extra():
            from mta_lab.web.exercising import serve  # noqa: PLC0415 - an extra, and slow to load
        end = end_of("--at", listen) if listen else HERE
        sheet = read_sheet(directory)

        def ready(url: str) -> None:
            say_json({"directory": str(directory), "url": url}) if as_json else say(url)

        warn_of_others(end)
        run_loop(serve(directory, sheet, end, ready))


@app.command()
def grade(
    directories: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="What learners hand in.")
    ],
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A line per question.")] = False,
    as_junit: Annotated[bool, typer.Option("--junit", help="XML as JUnit writes it.")] = False,
    as_gradescope: Annotated[
        bool, typer.Option("--gradescope", help="The results.json of Gradescope, for one DIR.")
    ] = False,
) -> None:
    """Grade what learners hand in: the key is computed again from the seed in DIR.key.yaml.

    Exit status 0: all are right; 1: some are not; 2: a file is wrong, and what it is about is not
    graded; the others are.
    """
    if as_json + as_csv + as_junit + as_gradescope > 1:
        raise typer.BadParameter("give one of --json, --csv, --junit and --gradescope")
    found = []
    for each in directories:
        try:
            found.append((each, grade_directory(each)))
        except ConfigurationError as error:
            say(f"error: {_on_one_line(str(error))}", error=True)
    with errors_for_people():
        if as_csv:
            say_document(grading.as_csv(found))
        elif as_junit:
            say_document(grading.as_junit(found))
        elif as_gradescope:
            say_json(grading.as_gradescope(found))
        else:
            _show(found, as_json=as_json)
    if len(found) < len(directories):
        raise typer.Exit(EXIT_BAD_CONFIGURATION)
    _exit_status(found)


def _show(found: Sequence[tuple[Path, Marks]], *, as_json: bool) -> None:
    for directory, marks in found:
        if as_json:
            said = {"directory": str(directory), "points": marks.points, "of": marks.of}
            say_json({**said, "exercise": marks.exercise, "marks": [*map(asdict, marks.marks)]})
            continue
        for mark in marks.marks:
            say(_line(mark))
        say(f"{directory}: {marks.points} of {marks.of} points")


def _exit_status(found: Sequence[tuple[Path, Marks]]) -> None:
    if not all(mark.right for _, marks in found for mark in marks.marks):
        raise typer.Exit(EXIT_FAILED)


def _line(mark: Mark) -> str:
    hints = f" ({mark.hints} hint{'s' if mark.hints > 1 else ''})" if mark.hints else ""
    said = _on_one_line(mark.feedback)
    return f"{mark.points}/{mark.of}  {mark.question}: {said}{hints}"


def _on_one_line(text: str) -> str:
    """The text without line ends: a learner's file may have some, and forge a line of ours."""
    return "; ".join(text.splitlines())
