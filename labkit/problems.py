"""What is wrong with a configuration, in the words of the person who wrote the file.

pydantic finds it; here its findings become one line each: what the field must be, what was found,
and what was probably meant.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum
from ipaddress import ip_network
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from labkit.addresses import WANTED
from labkit.origin import Origin
from labkit.reason import Place

Location = tuple[int | str, ...]

_LONGEST_VALUE = 60
_SECRET = re.compile("password|secret|token")
_A_TIME = "must be a date and time with its zone, as 2026-01-05T09:00:00Z"
_A_SECTION = "must have fields below it, each as `name: value`"
_A_LIST = "must be a list, each entry on a line that begins with `- `"


def contradiction(location: Location, value: object, text: str) -> InitErrorDetails:
    """A problem that a validator of several fields found: where, which value, what is wrong."""
    # The text is a parameter, not the template, because a name may hold braces.
    error = PydanticCustomError("contradiction", "{text}", {"text": text})
    return InitErrorDetails(type=error, loc=location, input=value)


def refuse(problems: Sequence[InitErrorDetails]) -> None:
    """Raise what makes a validator's problems problems of the file, when there are any."""
    if problems:
        raise ValidationError.from_exception_data("configuration", list(problems))


def unknown(location: Location, name: str, kind: str, known: Sequence[str]) -> InitErrorDetails:
    """The problem of a field that names something which is not there."""
    return contradiction(location, name, f"no {kind} has this name; {instead(name, known)}")


def instead(name: str, known: Sequence[str]) -> str:
    """What to write instead of a name: the one that was meant, or those that there are."""
    return meant(name, known) or f"there are: {', '.join(known) or 'none'}"


def meant(name: str, known: Sequence[str]) -> str:
    """The question whether a known name was meant; empty: none is like it."""
    near = get_close_matches(name.casefold(), [each.casefold() for each in known], 1)
    found = [each for each in known if each.casefold() in near]
    return f"did you mean {found[0]}?" if found else ""


def at(place: Place, what: str, name: str = "") -> str:
    """A line about a problem: file and line, or the `name` of what stands in no file; field."""
    file = f"{place.file}:{place.line}" if place.line else "" if place.since else name
    return ": ".join(filter(None, (file, place.path or "(top level)", what)))


def in_words(
    error: ValidationError, model: type[BaseModel], origin: Origin, name: str
) -> Iterator[str]:
    """A line per problem: file and line, field, what is wrong, the value that was found.

    `name` stands for the file where nobody knows the line.
    """
    for details in error.errors():
        location = details["loc"]
        place = _written(origin, location).place
        yield at(place, f"{_what(details, model)}{_found(details)}", name)


def _written(origin: Origin, location: Location) -> Origin:
    """The origin at a location of pydantic, which also names alternatives of a type."""
    for number, part in enumerate(location):
        key = str(part)
        missing = number == len(location) - 1 and re.fullmatch(r"[\w.-]+", key)
        if key in origin.below or missing:
            origin = origin.under(key)
    return origin


def _what(details: ErrorDetails, model: type[BaseModel]) -> str:
    kind, value = details["type"], details["input"]
    if kind == "extra_forbidden":
        *around, name = details["loc"]
        return f"there is no such field; {_instead(str(name), _at(model, around))}"
    if kind in ("enum", "literal_error"):
        return _one_of(value, details["ctx"]["expected"])
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f"must be text: write {_scalar(value)!r}, in quotes"
    if kind == "ip_any_network":
        return _network(value)
    wanted = _WORDS.get(kind)
    if wanted is None:
        return str(details["msg"]).removeprefix("Value error, ").replace("Input should", "must")
    return wanted if isinstance(wanted, str) else wanted(details.get("ctx", {}))


def _one_of(value: object, expected: str) -> str:
    """`expected` is pydantic's: 'a', 'b' or 'c'."""
    allowed = re.findall(r"'([^']*)'", expected) or [expected]
    if not isinstance(value, str) and _scalar(value) in allowed:
        return f"must be text: write {_scalar(value)!r}, in quotes"
    text = f"must be {' or '.join(allowed) if len(allowed) < 3 else 'one of ' + ', '.join(allowed)}"
    near = get_close_matches(str(value).casefold(), allowed, 1)
    return f"{text}; did you mean {near[0]}?" if near else text


def _network(value: object) -> str:
    text = "must be a network, as 192.0.2.0/24 or 2001:db8::/64"
    try:
        whole = ip_network(str(value), strict=False)
    except ValueError:
        return text
    return f"{text}; {value} is a host in {whole}"


def _at(model: type[BaseModel], location: Sequence[int | str]) -> list[type[BaseModel]]:
    """The sections that may stand at a location."""
    sections = {model}
    for part in location:
        found = {
            below
            for section in sections
            for name, field in section.model_fields.items()
            if part in (field.alias, name)
            for below in _sections(field.annotation)
        }
        sections = found or sections  # an index, a key, or the name of an alternative
    return sorted(sections, key=lambda each: each.__name__)


def _instead(name: str, sections: Sequence[type[BaseModel]]) -> str:
    """What to write instead of a field that none of the sections has."""
    for section in sections:
        if meant := getattr(section, "other_words", {}).get(name):
            return f"did you mean {meant}?"
    return instead(
        name,
        [
            field.alias or field_name
            for section in sections
            for field_name, field in section.model_fields.items()
        ],
    )


def _sections(annotation: object) -> Iterator[type[BaseModel]]:
    """The sections that a field of this type may hold, one or in a list or mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _sections(each)


def _found(details: ErrorDetails) -> str:
    value = details["input"]
    nothing_to_show = details["type"] in ("missing", "extra_forbidden")
    if nothing_to_show or isinstance(value, dict | list | BaseModel):
        return ""
    if any(_SECRET.search(str(part)) for part in details["loc"]):
        return ""
    if isinstance(value, bool | None):
        return f" (found: {_scalar(value)})"
    shown = repr(value.value if isinstance(value, Enum) else value)
    if len(shown) > _LONGEST_VALUE:
        shown = f"{shown[:_LONGEST_VALUE]}..."
    return f" (found: {shown})"


def _scalar(value: object) -> str:
    """A value as YAML writes it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _limit(how: str, name: str) -> Callable[[Mapping[str, Any]], str]:
    def text(context: Mapping[str, Any]) -> str:
        limit = context[name]
        number = int(limit) if isinstance(limit, float) and limit.is_integer() else limit
        return f"must be {how} {number}"

    return text


_WORDS: Mapping[str, str | Callable[[Mapping[str, Any]], str]] = {
    "missing": "is missing, and must be given",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number that is not infinite",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": _A_LIST,
    "list_type": _A_LIST,
    "dict_type": _A_SECTION,
    "model_type": _A_SECTION,
    "model_attributes_type": _A_SECTION,
    "dataclass_type": _A_SECTION,
    "path_type": "must be the name of a file or directory",
    "ip_any_address": f"must be {WANTED}",
    "datetime_type": _A_TIME,
    "datetime_parsing": _A_TIME,
    "datetime_from_date_parsing": _A_TIME,
    "timezone_aware": _A_TIME,
    "greater_than": _limit("greater than", "gt"),
    "greater_than_equal": _limit("at least", "ge"),
    "less_than": _limit("less than", "lt"),
    "less_than_equal": _limit("at most", "le"),
    "string_too_short": lambda context: f"must have at least {context['min_length']} characters",
    "string_too_long": lambda context: f"must have at most {context['max_length']} characters",
    "too_short": lambda context: f"must have at least {context['min_length']} entries",
    "too_long": lambda context: f"must have at most {context['max_length']} entries",
    "string_pattern_mismatch": lambda context: f"must match {context['pattern']}",
}
