"""Presentation service primitives."""

from mta_emu.osi.presentation.primitives import BER, Context, PConnectRefuse, PPAbort


def test_what_is_not_said_means_the_usual() -> None:
    """BER; a refusal by the user; an abort of this layer's."""
    assert Context(1, "2.2.1.0.1").transfer_syntaxes == (BER,)
    assert PConnectRefuse().layer == "user"
    assert PPAbort("why", by_peer=False).layer == "presentation"
