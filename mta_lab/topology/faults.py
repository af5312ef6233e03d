"""Faults that the network of a lab can have for a time: on a segment, or on a service."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from labkit.config import Section, dump, load

_FILE = "faults.yaml"


class Fault(Section):
    """One fault; exactly one effect is given.

    `for` is in lab seconds; what is left out lasts until it is lifted. A fault takes the place of
    one with the same effect at the same place.
    """

    on: str
    """A network, or a service of a firewall: `FIREWALL.SERVICE` where two have one of that name."""
    drop: Annotated[float, Field(gt=0, le=100)] | None = None
    """Percent of the packets that are lost."""
    reset: bool = False
    """TCP connections are reset whenever they say something."""
    delay: Annotated[float, Field(gt=0, le=60)] | None = None
    """Wall seconds that packets are late, each way."""
    rate: Annotated[int, Field(ge=1000, le=10**12)] | None = None
    """Bits per second to each host."""
    black_hole: bool = False
    """Everything is lost, without an answer."""
    larger_than: Annotated[int, Field(ge=576, lt=1500)] | None = None
    """Octets: IP packets that are larger are lost."""
    icmp: bool = False
    """Whether the sender of such a packet gets "fragmentation needed" (RFC 1191)."""
    lift: bool = False
    """Ends whatever fault is there."""
    lasting: Annotated[float, Field(gt=0, le=10**9)] | None = Field(default=None, alias="for")
    """Lab seconds until it ends by itself; without, it stays until it is lifted."""

    @model_validator(mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            given = [each for each in EFFECTS if value.get(each) is not None]
            given = [each for each in given if value[each] is not False]  # 0 is a wrong value
            if len(given) != 1:
                raise ValueError(f"give one of {', '.join(EFFECTS)}")
            if value.get("icmp") and given != ["larger_than"]:
                raise ValueError("icmp is the answer to packets that are larger_than")
        return value

    @property
    def effect(self) -> str:
        """The name of the effect."""
        return next(effect for effect in EFFECTS if getattr(self, effect))

    def __str__(self) -> str:
        value = getattr(self, self.effect)
        effect = self.effect.replace("_", " ")
        size = "" if value is True else f" {value:g} {UNITS[self.effect]}"
        icmp = " with icmp" if self.icmp else ""
        lasting = f" for {self.lasting:g} s" if self.lasting else ""
        return f"{self.on}: {effect}{size}{icmp}{lasting}"


EFFECTS = ("drop", "reset", "delay", "rate", "black_hole", "larger_than", "lift")
UNITS = {"drop": "%", "delay": "s", "rate": "bit/s", "larger_than": "octets"}


class Faults(Section):
    """The faults that a lab has now."""

    faults: tuple[Fault, ...] = ()

    def after(self, fault: Fault) -> "Faults":
        """What there is when `fault` has come, too, or has been lifted."""
        ended = {fault.effect} if not fault.lift else set(EFFECTS)
        kept = [each for each in self.faults if each.on != fault.on or each.effect not in ended]
        return Faults(faults=(*kept, *([] if fault.lift else [fault])))

    def without(self, fault: Fault) -> "Faults":
        """What there is when this very fault has ended."""
        return Faults(faults=tuple(each for each in self.faults if each != fault))


def read_faults(directory: Path) -> Faults:
    """The faults that were written down in a lab's directory."""
    file = directory / _FILE
    return load(file, Faults) if file.exists() else Faults()


def write_faults(faults: Faults, directory: Path) -> None:
    """Write down the faults of the lab in `directory`."""
    dump(faults, directory / _FILE)
