"""Text of other people, made safe to show.

What a peer, a message or a file says may hold an escape sequence that takes over a terminal, a
line feed that forges a line of a log, or a control that turns the direction of writing. All that
people see passes `visible`, at the edge: in output.py, console.py, the text of records, the text
logs, CSV and XML. JSON and raw octets stay exact.
"""

import re

# C0, DEL and C1; zero-width and bidirectional controls; line and paragraph separators; invisible
# operators; interlinear annotation; tags; surrogates and what is no character: XML has neither.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSAFE_IN_LINES = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str, *, lines: bool = False) -> str:
    r"""The text with what is not to be printed written out, an escape character as ``\x1b``.

    With `lines` it is text of several lines: line feeds and tabs stay, and CR LF is a line feed.
    """
    if text.isprintable():  # nearly always, and known at a tenth of the cost
        return text
    if lines:
        return _UNSAFE_IN_LINES.sub(_written_out, text.replace("\r\n", "\n"))
    return _UNSAFE.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    character = found[0]
    number = ord(character)
    if number < 0x100:
        return _SHORT.get(character) or f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
