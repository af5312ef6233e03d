"""The two things that can go wrong in a layer: the peer's fault and our own."""


class ProtocolError(Exception):
    """The peer sent what the standard does not allow; caught by the layer, never let out.

    The text is for people: what was found, where, and what would be right.
    """


class ServiceMisuse(Exception):  # noqa: N818, it is what the service user did
    """The local user asked for what the layer's state does not allow: a bug of ours."""
