"""Mutations that know what octets are made of: BER values within values, SPDUs, bursts.

A fuzzer that changes octets spends its time on lengths that no longer fit. Here a value is dropped,
repeated, moved, nested, emptied or made another, wherever it lies, and the lengths around it are
written anew. What a value holds is opened, also where the standard has octets: a content, an
extension.
"""

from dataclasses import dataclass, field
from random import Random

from fuzz.chunks import RAW, chunk, chunks
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session import spdu
from mta_emu.osi.session.spdu import Unit

_DEEPEST = 40  # values within values that are opened
_CONSTRUCTED = 0x20
_MOST_COPIES = 40
#: Contents that are at the edge of what a type has.
_EDGES = (
    *(b"", b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0\0\0\0\0", b"\xff" * 9),
    *(b"\r\n", b"\x1b]0;x\x07", b"[/x]", b"(a)<>\"'\\;=", b"x" * 70, "\u202e\u0661".encode()),
    *(b"9912312359Z", b"99993131250000Z"),
)


@dataclass
class Value:
    """A BER value; of one that is opened the `inside` counts, of others the `octets`."""

    identifier: bytes
    octets: bytes
    inside: "list[Value]" = field(default_factory=list)
    indefinite: bool = False

    def copy(self) -> "Value":
        """The same value, and what is in it, once more."""
        inside = [each.copy() for each in self.inside]
        return Value(self.identifier, self.octets, inside, self.indefinite)

    def encode(self) -> bytes:
        """The octets of the value, with lengths that fit."""
        contents = b"".join(each.encode() for each in self.inside) if self.inside else self.octets
        if self.indefinite:
            return self.identifier + b"\x80" + contents + b"\0\0"
        return ber.tlv(self.identifier, contents)


def opened(octets: bytes, depth: int = 0) -> list[Value]:
    """The values that octets are made of; none when they are made of something else."""
    found: list[Value] = []
    try:
        for each in ber.elements(octets):
            identifier = ber.header(each)[0]
            contents = ber.contents(each)
            may_hold = identifier[0] & _CONSTRUCTED or len(contents) > 3
            inside = opened(contents, depth + 1) if may_hold and depth < _DEEPEST else []
            found.append(Value(identifier, contents, inside))
    except (ProtocolError, IndexError, ValueError):
        return []
    return found


Place = tuple[list[Value], int]


def places(values: list[Value]) -> list[Place]:
    """Every value in these and within them: the list that it is in, and where."""
    found = [(values, number) for number in range(len(values))]
    for each in values:
        found += places(each.inside)
    return found


def mutate_value(octets: bytes, dice: Random) -> bytes:
    """Change one to three values among those that octets are made of."""
    values = opened(octets)
    for _ in range(dice.randint(1, 3)):
        if there := places(values):
            among, at = dice.choice(there)
            from_list, from_at = dice.choice(there)
            _change(among, at, from_list[from_at].copy(), dice)
    return b"".join(each.encode() for each in values) or octets


def _change(among: list[Value], at: int, other: Value, dice: Random) -> None:
    """Change the value that is there in one of the ways, some of which need another, `other`."""
    value = among[at]
    match dice.randrange(10):
        case 0:
            del among[at]
        case 1:
            among[at:at] = [value.copy() for _ in range(dice.randint(1, _MOST_COPIES))]
        case 2:
            among[at] = other
        case 3:
            among.insert(at, other)
        case 4:
            dice.shuffle(among)
        case 5:
            among[at] = Value(value.identifier, dice.choice(_EDGES))
        case 6:
            tag = bytes((value.identifier[0] ^ 1 << dice.randrange(8),))
            among[at] = Value(tag + value.identifier[1:], value.octets, value.inside)
        case 7:
            value.indefinite = True
        case 8:
            for _ in range(dice.choice((1, 2, 20, 70))):
                value = Value(value.identifier, b"", [value])
            among[at] = value
        case _:
            cut = value.octets[: dice.randint(0, len(value.octets))]
            among[at] = Value(value.identifier, cut + dice.choice(_EDGES))


def mutate_conversation(octets: bytes, dice: Random) -> bytes:
    """Change what a caller says: a chunk, an SPDU's parameter, or a value in its user data."""
    said = list(chunks(octets))
    if not said:
        return octets
    at = dice.randrange(len(said))
    bits, tsdu = said[at]
    match dice.randrange(12):
        case 0:
            del said[at]
        case 1:
            said.insert(at, said[at])
        case 2:
            said.insert(dice.randrange(len(said) + 1), said.pop(at))
        case 3:
            cut = dice.randint(0, len(tsdu))
            said[at : at + 1] = [(bits, tsdu[:cut]), (bits, tsdu[cut:])]
        case 4:
            said[at] = (bits ^ RAW, tsdu)
        case _:
            said[at] = (bits, mutate_tsdu(tsdu, dice))
    return b"".join(chunk(each, kind) for kind, each in said)


def mutate_tsdu(tsdu: bytes, dice: Random) -> bytes:
    """Change a parameter of an SPDU, or a value in its user data."""
    try:
        *_, unit = spdu.decode_tsdu(tsdu)
        return spdu.encode_tsdu(_mutate_unit(unit, dice))
    except (ProtocolError, ValueError):  # it is no SPDU, or can be none any more
        return mutate_value(tsdu, dice)


def _mutate_unit(unit: Unit, dice: Random) -> Unit:
    parameters = dict(unit.parameters)
    if parameters and dice.randrange(4) == 0:
        which = dice.choice(sorted(parameters))
        if dice.randrange(3) == 0:
            del parameters[which]
        else:
            parameters[which] = dice.choice((*_EDGES, *parameters.values()))
        return unit._replace(parameters=parameters)
    return unit._replace(user_data=mutate_value(unit.user_data, dice))
