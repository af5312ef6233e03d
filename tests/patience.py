"""How long a test waits for what must come about."""

#: Seconds. A wait ends when what it is for has come, so that this costs nothing; only where it
#: never comes is this how long a test takes to say so. A machine may be ten times slower than ours.
#: Where the time itself is what a test is about, the line says `not PATIENCE`, and why.
PATIENCE = 120.0
