"""How a page writes moments, addresses and texts, the latter as the topology file has them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from labkit.addresses import End, IPAddress
from labkit.clock import LabClock
from labkit.text import visible
from mta_lab.lab.placement import Placement

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS = 10**9


@dataclass(frozen=True)
class Writing:
    """What all parts of a page have in common.

    `zero` is its beginning, in nanoseconds since the epoch. Without a `placement` addresses are
    those on the wire.
    """

    zero: int
    placement: Placement | None = None

    def moment(self, nanoseconds: int) -> float:
        """Seconds since the beginning."""
        return (nanoseconds - self.zero) / _NANOSECONDS

    @property
    def began(self) -> str:
        """The beginning, ISO 8601."""
        return moment_of(self.zero).isoformat()

    def address(self, address: IPAddress) -> IPAddress:
        """An address as people know it."""
        return self.placement.in_file(address) if self.placement else address

    def end(self, seen: object) -> str:
        """An end of a connection, "address:port"."""
        end = End.parse(str(seen))
        return str(End(self.address(end.address), end.port))

    def text(self, written: str) -> str:
        """A line with addresses as people know them, and nothing that cannot be shown."""
        return visible(self.placement.in_file_text(written) if self.placement else written)


def nanoseconds(moment: datetime) -> int:
    """A moment in nanoseconds since the epoch, as captures have them."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def moment_of(time: int) -> datetime:
    """The other way, to the microsecond."""
    return _EPOCH + timedelta(microseconds=time // 1000)


def lab_time(clock: LabClock, wall: datetime) -> datetime:
    """The lab time at a moment on the wall."""
    return (clock.start or clock.origin) + (wall - clock.origin) * clock.scale
