"""Settings of a lab's hosts, by the path that names them: `firewall.transparency=on`.

Entries of lists go by their names: `firewall.services.x400-inbound.source_rewrite=off`,
`NORTH.connectors.SOUTH.schedule.activation=always`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from ruamel.yaml.error import YAMLError

from firewall_proxy.config import Configuration
from labkit.config import ConfigurationError, Section, document_of, parse
from labkit.document import value as document_value
from labkit.origin import entry_name, from_document
from labkit.problems import instead

_OUTSIDE = "outside"
_TRANSPARENCY = "transparency"

HostConfiguration = TypeVar("HostConfiguration", bound=Section)


def by_host(settings: Mapping[str, Any], hosts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The settings of each host: a path that begins with its name, and the value.

    Raises ConfigurationError for a path that begins with no host's name.
    """
    known = list(hosts)
    longest_first = sorted(known, key=len, reverse=True)  # a name may have dots in it
    found: dict[str, dict[str, Any]] = {}
    for name, value in settings.items():
        host = next((each for each in longest_first if name.startswith(f"{each}.")), None)
        if host is None:
            raise ConfigurationError(
                f"{name}: a path begins with a host and a dot, as {known[-1]}.FIELD; "
                f"{instead(name.partition('.')[0], known)}"
            )
        found.setdefault(host, {})[name] = value
    return found


def change(
    host: str, configuration: HostConfiguration, settings: Mapping[str, Any], since: str = ""
) -> HostConfiguration:
    """The configuration of `host` with `settings` of `by_host`, set at the lab time `since`.

    `firewall.transparency` stands for the client-side transparency of every service that listens
    on the interface named outside. Raises ConfigurationError with the path that is wrong.
    """
    document = document_of(configuration)
    origin = configuration.places().over(from_document(document))
    for name, value in settings.items():
        path = name.removeprefix(f"{host}.").split(".")
        if path == [_TRANSPARENCY] and isinstance(configuration, Configuration):
            changed = _set_transparency(document, name, value)
        elif path[0] not in (known := list(type(configuration).model_fields)):
            known += [_TRANSPARENCY] if isinstance(configuration, Configuration) else []
            raise ConfigurationError(f"{name}: there is no such field; {instead(path[0], known)}")
        else:
            changed = [_set(document, path, name, value)]
        for keys in changed:
            origin = origin.set_at(keys, since)
    return parse(document, type(configuration), "" if origin.place.path else host, origin)


def paths(host: str, configuration: Section) -> Iterator[str]:
    """The path of each field of a host, as `change` takes it."""
    if isinstance(configuration, Configuration):
        yield f"{host}.{_TRANSPARENCY}"
    yield from _paths_below(host, configuration.model_dump(mode="json", by_alias=True))


def _paths_below(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        parts = {name: each for each in value if (name := entry_name(each))}
    else:
        parts = value if isinstance(value, dict) else {}
    if not parts:
        yield path
    for name, each in parts.items():
        yield from _paths_below(f"{path}.{name}", each)


def parse_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Read `PATH=VALUE` texts; a value is YAML. Raises ConfigurationError."""
    return {
        name: _yaml(name, value, value)
        for name, value in (_divided(text, "VALUE", "on") for text in texts)
    }


def parse_choices(texts: Iterable[str]) -> dict[str, list[Any]]:
    """Read `PATH=VALUE,VALUE` texts: the values that a path may have, each YAML.

    A comma inside a list, a mapping or quotation marks divides nothing. Raises ConfigurationError.
    """
    choices: dict[str, list[Any]] = {}
    for name, values in (_divided(text, "VALUE,VALUE", "on,off") for text in texts):
        if not values.strip() or name in choices:
            wrong = "is given twice" if name in choices else "has no value"
            raise ConfigurationError(f"{name}: {wrong}; write {name}=VALUE,VALUE")
        choices[name] = _yaml(name, f"[{values}]", values)
    return choices


def _divided(text: str, what: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigurationError(f"{text}: write PATH={what}, as firewall.transparency={example}")
    return name, value


def _yaml(name: str, document: str, value: str) -> Any:
    try:
        return document_value(name, document)
    except YAMLError as error:
        raise ConfigurationError(f"{name}: the value {value!r} is not YAML") from error


Keys = tuple[str, ...]  # of a field in a document, an index for an entry of a list


def _set_transparency(document: dict[str, Any], name: str, value: Any) -> list[Keys]:
    services = {
        str(index): each
        for index, each in enumerate(document.get("services", ()))
        if each["listen"]["interface"] == _OUTSIDE
    }
    if not services:
        raise ConfigurationError(
            f"{name}: no service listens on an interface named {_OUTSIDE}; "
            "name one: firewall.services.NAME.client_side_transparency"
        )
    for service in services.values():
        service["client_side_transparency"] = value
    return [("services", index, "client_side_transparency") for index in services]


def _set(document: dict[str, Any], path: list[str], name: str, value: Any) -> Keys:
    *way, last = path
    at: Any = document
    keys = []
    for step in way:
        if isinstance(at, list):
            index = _index(at, step, name)
            keys.append(str(index))
            at = at[index]
        else:
            keys.append(step)
            at = at.setdefault(step, {})
        if not isinstance(at, dict | list):
            raise ConfigurationError(f"{name}: there is nothing below {step}, which is {at!r}")
    if isinstance(at, list):
        raise ConfigurationError(f"{name}: say which field of {last}")
    at[last] = value
    return (*keys, last)


def _index(entries: list[Any], wanted: str, name: str) -> int:
    names = [entry_name(each) for each in entries]
    if wanted not in names:
        known = ", ".join(filter(None, names)) or "none"
        raise ConfigurationError(f"{name}: nothing is named {wanted!r}; there are: {known}")
    return names.index(wanted)
