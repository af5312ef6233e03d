"""Lines of configuration files: directives with their places, what listens where, line ends."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network

from labkit.addresses import IPAddress, parse_address
from labkit.errors import ConfigurationError
from labkit.reason import Place, Reason
from mta_lab.engines.decision import NotModelledError, Syn


@dataclass(frozen=True)
class Directive:
    """A line of the file: its words, the section or block that it stands in, and its place."""

    words: tuple[str, ...]
    place: Place

    @property
    def name(self) -> str:
        """The first word."""
        return self.words[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after the first."""
        return self.words[1:]

    def __str__(self) -> str:
        return " ".join(self.words)

    def reason(self, expected: str = "", seen: str = "") -> Reason:
        """The reason of a decision that this line made."""
        return Reason(self.name, str(self), expected, seen, self.place)

    def not_modelled(self) -> NotModelledError:
        """The error of a line that the model does not read."""
        return NotModelledError(str(self), self.place)

    def address(self, text: str) -> IPAddress:
        """An address in the line. Raises NotModelledError for a name or a variable."""
        try:
            return parse_address(text.strip("[]"))
        except ValueError as error:
            raise self.not_modelled() from error

    def port(self, text: str) -> int:
        """A port in the line. Raises NotModelledError for a name or a variable."""
        if not text.isdecimal():
            raise self.not_modelled()
        return int(text)

    def has(self, networks: Iterable[str], address: IPAddress) -> bool:
        """Whether an address is in any of these networks. Raises NotModelledError for a name."""
        try:
            return any(address in ip_network(each, strict=False) for each in networks)
        except ValueError as error:
            raise self.not_modelled() from error


@dataclass(frozen=True)
class Socket:
    """A listening socket; `address` is None for every address of one or both versions of IP."""

    versions: tuple[int, ...]
    address: IPAddress | None
    first_port: int
    last_port: int
    interface: str = ""

    def takes(self, syn: Syn) -> bool:
        """Whether a SYN for the box comes to this socket."""
        return (
            self.first_port <= syn.destination_port <= self.last_port
            and syn.destination.version in self.versions
            and self.address in (None, syn.destination)
            and self.interface in ("", syn.interface)
        )

    @property
    def closeness(self) -> tuple[bool, bool]:
        """Orders the sockets that take a SYN: the kernel gives it to the greatest."""
        return self.address is not None, bool(self.interface)


def refuse_carriage_returns(text: str, file: str, program: str) -> None:
    """Raise ConfigurationError for the line ends of Windows, where `program` does not take them."""
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        raise ConfigurationError(
            f"{file}:{line}: has a carriage return, and {program} takes lines that end with LF "
            "alone: sed -i 's/\\r$//' FILE"
        )
