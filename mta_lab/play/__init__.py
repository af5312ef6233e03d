"""A lab's life, from lifecycle.py down: player.py plays a topology, hosts.py runs the hosts."""
