"""Doors to a running MTA beside its control socket; each needs the extra `doors`, and is off
unless the configuration opens it."""
