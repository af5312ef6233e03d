"""Topologies at random, to find where the predictions and the packets differ.

Read networks.py (firewalls in a tree of networks, and which way leads from one host to another),
mtas.py (the MTAs and their connectors), topologies.py (all of it as a topology) and trials.py (what
is done with them). Hypothesis draws them, because it also finds the smallest that still differs.
Each choice has what is right as its first value: to that a difference is shrunk.
"""
