"""Firewall engines: what each does with a SYN, and the commands that run the real one.

Read decision.py (what can become of a SYN), box.py (the machine under every engine), then the
engines, from the simplest: router.py, proxy.py (ours), nftables, iptables.py, haproxy.py, nginx.py
(these two on directive.py); registry.py has all. An engine decides by its configuration alone. What
its reader does not know is NotModelled, with the directive and its place: never a guess.
"""
