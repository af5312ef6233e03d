"""Presentation, X.226 normal mode: contexts, and values that travel in them.

Read `primitives` (the service), `ppdus` (octets <-> PPDUs and the values in them), `contexts`
(which contexts are proposed, accepted and in use), `longvalue` (a value that is too long to be kept
whole), `connection` (takes primitives one way and PPDUs the other).

In the X.410-1984 mode RTSE uses the session directly (rtse/x410_mode.py).
"""
