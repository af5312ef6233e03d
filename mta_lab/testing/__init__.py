"""Labs inside others' tests: the pytest plugin, from plugin.py down to topologies.py."""
