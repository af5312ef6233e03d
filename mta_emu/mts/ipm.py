"""Interpersonal messages, X.420: P22 with IA5 text body parts."""

from dataclasses import dataclass

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.oraddress import ORAddress, from_asn1, to_asn1
from mta_emu.osi.errors import ProtocolError

_MAX_SUBJECT = 128  # ub-subject-field


@dataclass(frozen=True)
class InterpersonalMessage:
    """An IPM; `identifier` is the user-relative part of its IPM identifier."""

    identifier: str
    originator: ORAddress
    recipients: tuple[ORAddress, ...]
    subject: str
    text: str


def encode(message: InterpersonalMessage) -> bytes:
    """The BER of an IPM, the content of a message.

    Raises ValueError when the subject is too long or the text is not IA5.
    """
    if len(message.subject) > _MAX_SUBJECT:
        raise ValueError(f"subject: {len(message.subject)} characters, at most {_MAX_SUBJECT}")
    if not message.text.isascii():
        odd = next(character for character in message.text if not character.isascii())
        raise ValueError(f"text: {odd!r} is not in IA5, the only text body part sent so far")
    originator = {"formal-name": to_asn1(message.originator)}
    heading = {
        "this-IPM": {
            "user": to_asn1(message.originator),
            "user-relative-identifier": message.identifier,
        },
        "originator": originator,
        "primary-recipients": [
            {"recipient": {"formal-name": to_asn1(address)}} for address in message.recipients
        ],
        "subject": message.subject,
    }
    text = message.text.replace("\r\n", "\n").replace("\n", "\r\n")
    body = [("ia5-text", {"parameters": {}, "data": text})]
    return MTS.encode("InformationObject", ("ipm", {"heading": heading, "body": body}))


def decode(octets: bytes) -> InterpersonalMessage:
    """Read an IPM; body parts that are not IA5 text are named in the text.

    Raises ProtocolError when it is not one.
    """
    kind, ipm = MTS.decode("InformationObject", octets)
    if kind != "ipm":
        raise ProtocolError("an interpersonal notification where a message must be")
    heading = ipm["heading"]
    texts = [
        part[1]["data"] if part[0] == "ia5-text" else "(a body part that is not IA5 text)"
        for part in ipm["body"]
    ]
    formal_name = heading.get("originator", {}).get("formal-name")
    names = [item["recipient"].get("formal-name") for item in heading.get("primary-recipients", ())]
    return InterpersonalMessage(
        identifier=heading["this-IPM"]["user-relative-identifier"],
        originator=from_asn1(formal_name) if formal_name else ORAddress(),
        recipients=tuple(from_asn1(name) for name in names if name),
        subject=heading.get("subject", ""),
        text="\n".join(texts).replace("\r\n", "\n"),
    )
