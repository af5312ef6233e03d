"""Interpersonal messages, X.420: P22, and P2 of 1984, which is a part of it.

Read in this order: `names` (users and messages as a message names them), `heading`, `text`, `files`
and `externals` (what body parts hold), `bodyparts`, `message`, `notification`, and `content`, which
puts them together. `shown` is a heading for readers, `attachments` are files to be saved,
`readable` is all that a reader sees.
"""

from mta_emu.mts.ipm.content import (
    compose,
    decode,
    encode,
    heading_octets,
    is_p2,
    read,
    subject,
)

__all__ = ["compose", "decode", "encode", "heading_octets", "is_p2", "read", "subject"]
