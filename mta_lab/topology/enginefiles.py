"""The configuration files of firewalls that others wrote: read with the topology, and kept in it.

So a lab that is up, and whoever is given the topology's text, needs no other file.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from labkit.errors import ConfigurationError
from labkit.problems import at
from mta_lab.topology.firewalls import Firewall, ForeignFirewall, beside


def with_files(firewalls: Mapping[str, Firewall]) -> dict[str, Firewall]:
    """The firewalls, each with the text of its file.

    Raises ConfigurationError when one has no configuration, two, or a file that cannot be read.
    """
    if problems := [each for firewall in firewalls.values() for each in _problems(firewall)]:
        raise ConfigurationError("\n".join(problems))
    return {name: _with_file(firewall) for name, firewall in firewalls.items()}


def _problems(firewall: Firewall) -> Iterator[str]:
    if not isinstance(firewall, ForeignFirewall):
        return
    if firewall.config and firewall.text:
        yield at(firewall.place("text"), "give config or text, and not both")
    if not firewall.config and not firewall.text:
        wanted = "config: FILE, a file beside the topology, or its text: |"
        yield at(firewall.place("engine"), f"{firewall.engine} has no configuration; give {wanted}")
    if firewall.netfilter and not firewall.proxies:
        text = f"the rules of {firewall.engine} stand in its own file; only a proxy has others"
        yield at(firewall.place("netfilter"), text)


def _with_file(firewall: Firewall) -> Firewall:
    if not isinstance(firewall, ForeignFirewall) or not firewall.config:
        return firewall
    text = _read(firewall, beside(firewall, firewall.config))
    return firewall.model_copy(update={"text": text})


def _read(firewall: ForeignFirewall, path: Path) -> str:
    place = firewall.place("config")
    if path.exists() and not path.is_file():  # a pipe or device may have no end
        raise ConfigurationError(at(place, f"{path} is no ordinary file"))
    try:
        return path.read_bytes().decode("utf-8")  # with the line ends that its program gets
    except OSError as error:
        raise ConfigurationError(at(place, f"{path}: {error.strerror}")) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(at(place, f"{path} is not UTF-8: {error.reason}")) from error
