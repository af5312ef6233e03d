"""Country names in O/R addresses: ISO 3166 codes of two letters, or X.121 codes (X.411 Annex A).

A table, because the libraries that have it bring megabytes of translations.
"""

from string import ascii_uppercase

#: The codes that ISO 3166-1 has assigned, by their first letter.
_ASSIGNED = {
    "A": "DEFGILMOQRSTUWXZ",
    "B": "ABDEFGHIJLMNOQRSTVWYZ",
    "C": "ACDFGHIKLMNORUVWXYZ",
    "D": "EJKMOZ",
    "E": "CEGHRST",
    "F": "IJKMOR",
    "G": "ABDEFGHILMNPQRSTUWY",
    "H": "KMNRTU",
    "I": "DELMNOQRST",
    "J": "EMOP",
    "K": "EGHIMNPRWYZ",
    "L": "ABCIKRSTUVY",
    "M": "ACDEFGHKLMNOPQRSTUVWXYZ",
    "N": "ACEFGILOPRUZ",
    "O": "M",
    "P": "AEFGHKLMNRSTWY",
    "Q": "A",
    "R": "EOSUW",
    "S": "ABCDEGHIJKLMNORSTVXYZ",
    "T": "CDFGHJKLMNORTVWZ",
    "U": "AGMSYZ",
    "V": "ACEGINU",
    "W": "FS",
    "Y": "ET",
    "Z": "AMW",
}
ASSIGNED = frozenset(first + second for first, rest in _ASSIGNED.items() for second in rest)
#: Codes that were in use and are reserved since. WW is that of international management domains.
_RESERVED = {"AN", "BU", "CS", "DD", "EU", "FX", "NT", "SF", "SU", "TP", "UK", "UN", "YU", "ZR"}
_INTERNATIONAL = "WW"
#: Codes that ISO leaves to users: QM to QZ, XA to XZ. XX is that of the aeronautical network.
_OF_USERS = {"AA", "ZZ", *(f"Q{each}" for each in ascii_uppercase[12:])}
_OF_USERS |= {f"X{each}" for each in ascii_uppercase}
_KNOWN = ASSIGNED | _RESERVED | _OF_USERS | {_INTERNATIONAL}
_X121_ZONES = "234567"  # the first digit of a data country code


def is_country(text: str) -> bool:
    """Whether a country name is one that an O/R address may have."""
    if text.isdecimal() and text.isascii():
        return len(text) == 3 and text[0] in _X121_ZONES
    return text.upper() in _KNOWN
