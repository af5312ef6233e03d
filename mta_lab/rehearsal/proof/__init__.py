"""A prediction, proved on packets.

Read proof.py (what a proof says), script.py (the mail that proves a prediction), witness.py (what
was seen of it), compare.py (line by line, with rules.py for
firewalls) and prove.py (all predictions of a topology); table.py
shows a proof to people.
"""
