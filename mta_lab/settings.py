"""Settings of the firewall, by the path that names them: `firewall.transparency=on`.

Entries of lists go by their names: `firewall.services.x400-inbound.source_rewrite=off`.
"""

from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from firewall_proxy.config import Configuration
from labkit.config import ConfigurationError, parse

_SECTION = "firewall"  # of the topology file
_OUTSIDE = "outside"
_TRANSPARENCY = "transparency"


def change(firewall: Configuration, settings: Mapping[str, Any]) -> Configuration:
    """The configuration with `settings`: a path that begins with "firewall", and its value.

    `firewall.transparency` stands for the client-side transparency of every service that listens
    on the interface named outside. Raises ConfigurationError with the path that is wrong.
    """
    document = firewall.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for name, value in settings.items():
        head, *path = name.split(".")
        if head != _SECTION or not path:
            raise ConfigurationError(
                f"{name}: only what begins with {_SECTION}. changes while the lab is up"
            )
        if path == [_TRANSPARENCY]:
            _set_transparency(document, name, value)
        else:
            _set(document, path, name, value)
    return parse(document, Configuration, _SECTION)


def parse_settings(texts: list[str]) -> dict[str, Any]:
    """Read `PATH=VALUE` texts; a value is YAML. Raises ConfigurationError."""
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigurationError(f"{text}: write PATH=VALUE, as firewall.transparency=on")
        try:
            settings[name] = YAML(typ="safe", pure=True).load(value)
        except YAMLError as error:
            raise ConfigurationError(f"{name}: the value {value!r} is not YAML") from error
    return settings


def _set_transparency(document: dict[str, Any], name: str, value: Any) -> None:
    services = [
        each for each in document.get("services", ()) if each["listen"]["interface"] == _OUTSIDE
    ]
    if not services:
        raise ConfigurationError(
            f"{name}: no service listens on an interface named {_OUTSIDE}; "
            f"name one: {_SECTION}.services.NAME.client_side_transparency"
        )
    for service in services:
        service["client_side_transparency"] = value


def _set(document: dict[str, Any], path: list[str], name: str, value: Any) -> None:
    *way, last = path
    at: Any = document
    for step in way:
        at = _entry(at, step, name) if isinstance(at, list) else at.setdefault(step, {})
        if not isinstance(at, dict | list):
            raise ConfigurationError(f"{name}: there is nothing below {step}, which is {at!r}")
    if isinstance(at, list):
        raise ConfigurationError(f"{name}: say which field of {last}")
    at[last] = value


def _entry(entries: list[Any], wanted: str, name: str) -> Any:
    named = {each["name"]: each for each in entries}
    if wanted not in named:
        known = ", ".join(named) or "none"
        raise ConfigurationError(f"{name}: nothing is named {wanted!r}; there are: {known}")
    return named[wanted]
