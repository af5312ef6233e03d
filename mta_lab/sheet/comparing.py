"""Where two sheets differ, field by field, and what each difference does.

What a centre says of itself is compared with what the other has configured for it. To find what a
difference does, the sheets are mended until they agree; then this one difference is put in again,
and the mail of both topologies is predicted, with the functions that decide in a running MTA.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from labkit.config import ConfigurationError, document_of, parse
from mta_lab.rehearsal.changes import Change, changes
from mta_lab.rehearsal.report import Flow, flows_of
from mta_lab.sheet.joining import join
from mta_lab.sheet.selector import BLANK, SheetSelector
from mta_lab.sheet.sheet import Link, Sheet
from mta_lab.sheet.shown import LEFT_OUT, password_shown, text_of

Path = tuple[str, ...]
_ADDRESS: Path = ("peer", "address")
#: What a centre says of itself, and the other has configured for it; how it is when nobody says.
_SIDES: Mapping[Path, object] = {
    ("mta_name",): None,
    ("password",): "",
    ("selectors", "t"): BLANK,
    ("selectors", "s"): BLANK,
    ("selectors", "p"): BLANK,
}


class Kind(StrEnum):
    """How a field differs."""

    DIFFERENT = "different"
    LEFT_OPEN = "left open"  # one sheet says nothing
    WRITTEN_OTHERWISE = "written otherwise"  # text and hex of the same octets


@dataclass(frozen=True)
class Difference:
    """A field in which two sheets differ: where it is in each, what stands there, what it does.

    Passwords are not shown. `changes` are those to the mail of two sheets that agree otherwise; for
    a field that is left open, when it stays so. `problem` says why no topology can be made with it.
    """

    first_field: str
    second_field: str
    kind: Kind
    first: str
    second: str
    changes: tuple[Change, ...]
    problem: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two sheets compared, by the names of their centres.

    `mail` is what becomes of the mail as the sheets are, with each field that is left open as the
    other sheet has it. `problem` says why the two make no topology; then there is no mail.
    """

    first: str
    second: str
    differences: tuple[Difference, ...]
    mail: tuple[Flow, ...]
    problem: str = ""


@dataclass(frozen=True)
class _Field:
    """A field as both sheets have it; `nothing` is its value when it is left out for good."""

    first_path: Path
    second_path: Path
    first: object
    second: object
    nothing: object


def compare(first: Sheet, second: Sheet, at: datetime) -> Comparison:
    """Compare two sheets; mail is predicted for a lab time."""
    differing = [each for each in _fields(first, second) if each.first != each.second]
    agreed = first, second
    try:
        for field in differing:
            agreed = _mended(*agreed, field)
        before = _mail(*agreed, at)
    except ConfigurationError as error:
        found = tuple(_difference(each, (), str(error)) for each in differing)
    else:
        found = tuple(_difference(each, *_done(each, agreed, before, at)) for each in differing)
    names = first.centre, second.centre
    try:
        return Comparison(*names, found, tuple(_mail(first, second, at)))
    except ConfigurationError as error:
        return Comparison(*names, found, (), str(error))


def _fields(first: Sheet, second: Sheet) -> Iterator[_Field]:
    """Every field that two sheets share, once for each centre that it is about, then the link."""
    for mine, theirs in (("own", "peer"), ("peer", "own")):
        for path, nothing in _SIDES.items():
            paths = (mine, *path), (theirs, *path)
            yield _Field(*paths, _value(first, paths[0]), _value(second, paths[1]), nothing)
    yield from _addresses(first, second)
    for name in Link.model_fields:
        path = ("link", name)
        yield _Field(path, path, _value(first, path), _value(second, path), None)


def _addresses(first: Sheet, second: Sheet) -> Iterator[_Field]:
    """The address that a connector names for the other, and the one that it should name."""
    for sheet, other, mine in ((first, second, True), (second, first, False)):
        if sheet.peer.address is None:
            continue
        right = _without_address(sheet).stack_address(other)
        source = ("firewalls", "inside") if sheet.proxies else ("own", other.link.over)
        if mine:
            yield _Field(_ADDRESS, source, sheet.peer.address, right, None)
        else:
            yield _Field(source, _ADDRESS, right, sheet.peer.address, None)


def _without_address(sheet: Sheet) -> Sheet:
    """The sheet without the address that its connector names: it then names the right one."""
    return _with(sheet, _ADDRESS, None)


def _done(
    field: _Field, agreed: tuple[Sheet, Sheet], before: list[Flow], at: datetime
) -> tuple[tuple[Change, ...], str]:
    """What a difference changes for the mail, or why no topology can be made with it."""
    try:
        return changes(before, _mail(*_put_in(*agreed, field), at)), ""
    except ConfigurationError as error:
        return (), str(error)


def _difference(field: _Field, found: tuple[Change, ...], problem: str) -> Difference:
    first, second = ".".join(field.first_path), ".".join(field.second_path)
    return Difference(first, second, _kind(field), *_shown(field), found, problem)


def _kind(field: _Field) -> Kind:
    if field.first is None or field.second is None:
        return Kind.LEFT_OPEN
    pair = field.first, field.second
    if all(isinstance(each, SheetSelector) for each in pair):
        octets = {each.octets for each in pair if isinstance(each, SheetSelector)}
        return Kind.WRITTEN_OTHERWISE if len(octets) == 1 else Kind.DIFFERENT
    return Kind.DIFFERENT


def _shown(field: _Field) -> tuple[str, str]:
    """What stands in both sheets; of passwords no more than what kind they are."""
    if "password" not in field.first_path:
        pair = field.first, field.second
        first, second = (LEFT_OUT if each is None else text_of(each) for each in pair)
        return first, second
    first, second = password_shown(field.first), password_shown(field.second)
    return first, f"{second}, another one" if first == second else second


# Sheets with other values


def _mended(first: Sheet, second: Sheet, field: _Field) -> tuple[Sheet, Sheet]:
    """Two sheets that agree in a field: as the centre says that it is about, or else as the other.

    Of how the two speak, the first sheet is right.
    """
    if field.first_path == _ADDRESS:
        return _without_address(first), second
    if field.second_path == _ADDRESS:
        return first, _without_address(second)
    own_is_first = field.first_path[0] != "peer"
    said, otherwise = (field.first, field.second) if own_is_first else (field.second, field.first)
    right = otherwise if said is None else said
    return _with(first, field.first_path, right), _with(second, field.second_path, right)


def _put_in(first: Sheet, second: Sheet, field: _Field) -> tuple[Sheet, Sheet]:
    """Two sheets that agree but for a field, which is as both had it."""
    if field.second_path != _ADDRESS:
        first = _with(first, field.first_path, _meant(field.first, field.nothing))
    if field.first_path != _ADDRESS:
        second = _with(second, field.second_path, _meant(field.second, field.nothing))
    return first, second


def _meant(value: object, nothing: object) -> object:
    return nothing if value is None else value


def _value(sheet: Sheet, path: Path) -> object:
    found: object = sheet
    for name in path:
        found = getattr(found, name)
    return found


def _with(sheet: Sheet, path: Path, value: object) -> Sheet:
    """A sheet with another value of a field; None leaves it out. Raises ConfigurationError."""
    document = document_of(sheet)
    section: dict[str, Any] = document
    for name in path[:-1]:
        section = section.setdefault(name, {})
    section.pop(path[-1], None)
    if value is not None:
        section[path[-1]] = value if isinstance(value, int) else text_of(value)
    return parse(document, Sheet, sheet.centre, sheet.places())


def _mail(first: Sheet, second: Sheet, at: datetime) -> list[Flow]:
    """What becomes of the mail between two centres. Raises ConfigurationError."""
    return list(flows_of(join(first, second), at))
