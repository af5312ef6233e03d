"""The events that the calling MTA logs when a call comes to no association, in their order."""

#: No connection, or no address for the host name on the Stack page (Q157630).
NO_ADDRESS: tuple[int, ...] = (1294, 4284, 289)
#: The connect call failed, by a socket error (Q154301).
NOT_CONNECTED: tuple[int, ...] = (9215, *NO_ADDRESS)
#: The called MTA refused the bind, or its transport the connection (Q196381, Q166602).
REFUSED: tuple[int, ...] = (1290, 289, 1294)
#: The bind was accepted, but not by the MTA that was meant (Q159182).
NOT_GENUINE: tuple[int, ...] = (48,)
#: Something else than an answer to the bind came, or nothing in time.
NO_ANSWER: tuple[int, ...] = (289, 1294)
#: The connection ended before the bind was answered (Q193380), or was reset.
HUNG_UP: tuple[int, ...] = (1294,)
RESET: tuple[int, ...] = (9224, *HUNG_UP)
#: No control block is free for the call (Q166602).
NO_CONTROL_BLOCK: tuple[int, ...] = (9156,)
#: Behind each of these, where no retry timer ran yet: when the connector calls again.
RETRY_TIMER = 301
