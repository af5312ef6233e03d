"""A lab that was put somewhere: placement.py, its directory (directory.py), its configurations.

Every command but `run` and `up` finds a lab by its directory, and its processes by their
environment (processes.py).
"""
