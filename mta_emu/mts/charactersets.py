"""Registered character sets: the International Register of Coded Character Sets (ISO 2375).

General text and teletex strings name a set by its number in the register and bring it in with an
escape sequence (ISO 2022, X.209 clause 23). A set here holds its characters at the positions of the
left half, 0x20 to 0x7F; `iso2022.py` puts them to the left or to the right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

#: What stands for an octet that means nothing in its set.
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_RIGHT = 0x80


@dataclass(frozen=True, eq=False)
class CharacterSet:
    """A set of graphic characters with its number in the register and its name.

    `final` ends the escape sequences that designate it. `size` is 94 or 96, the characters that an
    octet can choose from; `width` how many octets a character has. Combining marks in `characters`
    stand before their letter on the wire. A set of more octets is read with the `codec` of Python
    that has it in its right half, after `prefix`.
    """

    number: int
    name: str
    final: bytes
    size: int = 94
    width: int = 1
    characters: str = field(default="", repr=False)  # of the octets from 0x20 or 0x21 on
    tolerated: str = field(default="", repr=False)  # read where the set has nothing, never written
    codec: str = ""
    prefix: bytes = b""
    lacks: str = ""  # of what the codec has

    @cached_property
    def half(self) -> str:
        """The 96 characters of the octets 0x20 to 0x7F, of a set of one octet."""
        pairs = zip_longest(self.characters, self.tolerated, fillvalue=UNKNOWN)
        found = "".join(other if own == UNKNOWN else own for own, other in pairs)
        return (found if self.size == 96 else f" {found:{UNKNOWN}<94}\x7f").ljust(96, UNKNOWN)

    @cached_property
    def octets(self) -> Mapping[str, int]:
        """The octet, in the left half, of each character of a set of one octet."""
        first = 0x20 if self.size == 96 else 0x21
        octets = range(first, first + len(self.characters))
        found = dict(zip(reversed(self.characters), reversed(octets), strict=True))
        found.pop(UNKNOWN, None)
        return found

    def read(self, octets: bytes) -> str:
        """The text of octets of the left half, of a set of more octets than one."""
        characters = [octets[at : at + self.width] for at in range(0, len(octets), self.width)]
        try:
            return self._decoded(characters)
        except UnicodeDecodeError:
            return "".join(map(self._character, characters))

    def _decoded(self, characters: Iterable[bytes]) -> str:
        right = (self.prefix + bytes(octet | _RIGHT for octet in each) for each in characters)
        return b"".join(right).decode(self.codec)

    def _character(self, octets: bytes) -> str:
        try:
            return self._decoded([octets])
        except UnicodeDecodeError:
            return UNKNOWN

    def written(self, character: str) -> bytes | None:
        """The octets of a character, in the left half; None: the set does not have it."""
        if character in self.lacks:
            return None
        if self.width == 1:
            octet = self.octets.get(character)
            return None if octet is None else bytes((octet,))
        try:
            octets = character.encode(self.codec)
        except UnicodeEncodeError:
            return None
        if len(octets) != len(self.prefix) + self.width or not octets.startswith(self.prefix):
            return None
        octets = octets.removeprefix(self.prefix)
        return bytes(octet & ~_RIGHT for octet in octets) if min(octets) > 0xA0 else None


_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def _national(number: int, name: str, final: bytes, ascii_: str, instead: str) -> CharacterSet:
    """A national version of ISO 646, which has other characters in some places of ASCII's."""
    characters = _ASCII.translate(str.maketrans(ascii_, instead))
    return CharacterSet(number, name, final, characters=characters)


def _right_half(number: int, name: str, final: bytes, codec: str, lacks: str = "") -> CharacterSet:
    """The right half of a part of ISO 8859, without what a later edition added."""
    characters = bytes(range(0xA0, 0x100)).decode(codec, "replace")
    return CharacterSet(number, name, final, 96, characters=characters, lacks=lacks)


def _of_two_octets(
    number: int, name: str, final: bytes, codec: str, prefix: bytes = b"", lacks: str = ""
) -> CharacterSet:
    return CharacterSet(number, name, final, width=2, codec=codec, prefix=prefix, lacks=lacks)


#: Marks and letters of T.61 and ISO 6937, from 0xC0 and from 0xE0 on. T.61 has a second diaeresis
#: and a line below where ISO 6937 has nothing.
_MARKS = "�\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308{}\u030a\u0327{}\u030b\u0328\u030c"
_OF_T61 = "\u0308\u0332"
_LETTERS = "ΩÆÐªĦ�ĲĿŁØŒºÞŦŊŉĸæđðħıĳŀłøœßþŧŋ"

ASCII = CharacterSet(6, "ASCII", b"B", characters=_ASCII)
#: The left half of T.61, which lacks eight characters of ASCII, and the right one. What they lack
#: is read as ASCII and ISO 8859-1 have it.
T61_LEFT = CharacterSet(
    102,
    "T.61",
    b"u",
    characters=_ASCII.translate(dict.fromkeys(map(ord, "#$\\^`{}~"), UNKNOWN)),
    tolerated=_ASCII,
)
T61_RIGHT = CharacterSet(
    103,
    "T.61",
    b"v",
    characters=f"¡¢£$¥#§¤��«����°±²³×µ¶·÷��»¼½¾¿{_MARKS.format(*_OF_T61)}{UNKNOWN * 16}{_LETTERS}",  # noqa: RUF001
    tolerated="".join(map(chr, range(0xA1, 0xFF))),
)
_SIGNS = "\xa0¡¢£�¥�§¤‘“«←↑→↓°±²³×µ¶·÷’”»¼½¾¿"  # noqa: RUF001
ISO_6937 = CharacterSet(
    156,
    "ISO 6937",
    b"R",
    96,
    characters=f"{_SIGNS}{_MARKS.format(UNKNOWN, UNKNOWN)}―¹®©™♪¬¦����⅛⅜⅝⅞{_LETTERS}\xad",
)
LATIN_1 = _right_half(100, "ISO 8859-1", b"A", "iso8859-1")

#: The sets that are known, by their numbers. The parts of ISO 8859 come in the order in which text
#: tries them; Latin-9 goes before others for the euro.
SETS = {
    each.number: each
    for each in (
        ASCII,
        LATIN_1,
        _right_half(203, "ISO 8859-15", b"b", "iso8859-15"),
        _right_half(101, "ISO 8859-2", b"B", "iso8859-2"),
        _right_half(109, "ISO 8859-3", b"C", "iso8859-3"),
        _right_half(110, "ISO 8859-4", b"D", "iso8859-4"),
        _right_half(144, "ISO 8859-5", b"L", "iso8859-5"),
        _right_half(126, "ISO 8859-7", b"F", "iso8859-7", "\u20ac\u20af\u037a"),
        _right_half(138, "ISO 8859-8", b"H", "iso8859-8", "\u200e\u200f"),
        _right_half(127, "ISO 8859-6", b"G", "iso8859-6"),
        _right_half(148, "ISO 8859-9", b"M", "iso8859-9"),
        _right_half(157, "ISO 8859-10", b"V", "iso8859-10"),
        _right_half(166, "ISO 8859-11", b"T", "iso8859-11"),
        _right_half(179, "ISO 8859-13", b"Y", "iso8859-13"),
        _right_half(199, "ISO 8859-14", b"_", "iso8859-14"),
        _right_half(226, "ISO 8859-16", b"f", "iso8859-16"),
        _of_two_octets(87, "JIS X 0208", b"B", "euc_jp"),
        _of_two_octets(149, "KS C 5601", b"C", "euc_kr", lacks="€®"),
        _of_two_octets(58, "GB 2312", b"A", "gb2312"),
        _of_two_octets(159, "JIS X 0212", b"D", "euc_jp", b"\x8f"),
        _of_two_octets(168, "JIS X 0208", b"B", "euc_jp"),
        _of_two_octets(42, "JIS C 6226-1978", b"@", "euc_jp"),
        _of_two_octets(165, "CCITT Chinese", b"E", "gb2312"),
        CharacterSet(
            13,
            "JIS X 0201 katakana",
            b"I",
            characters=bytes(range(0xA1, 0xE0)).decode("shift_jis"),
        ),
        ISO_6937,
        CharacterSet(142, "ISO 6937", b"J", 96, characters=ISO_6937.characters),
        T61_LEFT,
        T61_RIGHT,
        _right_half(227, "ISO 8859-7", b"i", "iso8859-7"),
        _right_half(234, "ISO 8859-8", b"l", "iso8859-8"),
        _national(2, "ISO 646 (1973)", b"@", "$~", "¤‾"),
        _national(4, "ISO 646 GB", b"A", "#~", "£‾"),
        _national(10, "ISO 646 SE", b"G", "$[\\]{|}~", "¤ÄÖÅäöå‾"),
        _national(11, "ISO 646 SE2", b"H", "$@[\\]^`{|}~", "¤ÉÄÖÅÜéäöåü"),
        _national(14, "ISO 646 JP", b"J", "\\~", "¥‾"),
        _national(15, "ISO 646 IT", b"Y", "#@[\\]`{|}~", "£§°çéùàòèì"),
        _national(17, "ISO 646 ES", b"Z", "#@[\\]{|}", "£§¡Ñ¿°ñç"),
        _national(21, "ISO 646 DE", b"K", "@[\\]{|}~", "§ÄÖÜäöüß"),
        _national(60, "ISO 646 NO", b"`", "[\\]{|}~", "ÆØÅæøå‾"),
        _national(69, "ISO 646 FR", b"f", "#@[\\]`{|}~", "£à°ç§µéùè¨"),
    )
}


def find(size: int, width: int, final: bytes) -> CharacterSet | None:
    """The set that an escape sequence designates; None: it is not known here."""
    return _BY_FINAL.get((size, width, final))


#: A number of the register may have the escape sequence of an earlier one: the first one has it.
_BY_FINAL: dict[tuple[int, int, bytes], CharacterSet] = {}
for _each in SETS.values():
    _BY_FINAL.setdefault((_each.size, _each.width, _each.final), _each)
