"""The characters of T.61, in which teletex text travels.

A letter with a diacritical mark is two octets, the mark first. Of ASCII T.61 lacks five characters;
they are read where somebody sends them all the same.
"""

import unicodedata

#: Octets that are other characters than in ISO 8859-1, from the right half of T.61's table.
_CHARACTERS = {
    0xA4: "$",
    0xA6: "#",
    0xA8: "¤",
    0xB4: "×",  # noqa: RUF001, the multiplication sign
    0xB8: "÷",
    **dict(zip(range(0xE0, 0xE5), "ΩÆÐªĦ", strict=True)),
    **dict(zip(range(0xE6, 0xF0), "ĲĿŁØŒºÞŦŊŉ", strict=True)),
    **dict(zip(range(0xF0, 0xFF), "ĸæđðħıĳŀłøœßþŧŋ", strict=True)),
}
#: The same octets in both.
_COMMON = frozenset("¡¢£¥§«°±²³µ¶·»¼½¾¿")
_LACKING = frozenset("\\^`{}~")  # and the # and $ of ASCII have other octets
#: The octet of a diacritical mark, and the mark as Unicode combines it.
_MARKS = {
    0xC1: "\u0300",
    0xC2: "\u0301",
    0xC3: "\u0302",
    0xC4: "\u0303",
    0xC5: "\u0304",
    0xC6: "\u0306",
    0xC7: "\u0307",
    0xC8: "\u0308",
    0xCA: "\u030a",
    0xCB: "\u0327",
    0xCD: "\u030b",
    0xCE: "\u0328",
    0xCF: "\u030c",
}
_OCTETS = {character: octet for octet, character in _CHARACTERS.items()}
_MARK_OCTETS = {mark: octet for octet, mark in _MARKS.items()}


def encode(text: str) -> bytes:
    """The octets of a text. Raises UnicodeEncodeError for a character that T.61 lacks."""
    octets = {character: _octets(character) for character in set(text)}
    return b"".join(map(octets.__getitem__, text))


def decode(octets: bytes) -> str:
    """Read what `encode` writes; an octet without a meaning is taken as ISO 8859-1 has it."""
    left, text = iter(octets), []
    for octet in left:
        mark = _MARKS.get(octet)
        letter = next(left, None) if mark else octet
        if letter is None:
            break
        text.append(_CHARACTERS.get(letter, chr(letter)) + (mark or ""))
    return unicodedata.normalize("NFC", "".join(text))


def _octets(character: str) -> bytes:
    if octet := _OCTETS.get(character):
        return bytes((octet,))
    if (character.isascii() and character not in _LACKING) or character in _COMMON:
        return character.encode("latin-1")
    apart = unicodedata.normalize("NFD", character)
    letter, mark = apart[0], _MARK_OCTETS.get(apart[1:])
    if mark and letter.isascii():
        return bytes((mark, ord(letter)))
    raise UnicodeEncodeError("T.61", character, 0, 1, "not in T.61")
