"""Firewall engines: what each does with a SYN.

Read decision.py (what can become of a SYN), box.py (the machine under every engine), then the
engines, from the simplest: router.py and proxy.py (ours). An engine decides by its configuration
alone. What its reader does not know is NotModelled, with directive and place: never a guess.
"""
