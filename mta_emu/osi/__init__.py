"""The ISO stack over RFC 1006, pure: bytes and service primitives in, events and bytes out."""
