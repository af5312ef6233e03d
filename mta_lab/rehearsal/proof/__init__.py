"""A prediction, proved on packets.

Read proof.py (what a proof says), script.py (the mail that proves a prediction), witness.py (what
was seen of it), compare.py (line by line, with rules.py for firewalls), prove.py (all predictions
of a topology) and proving.py (one candidate after another). sighting.py compares with a capture of
the live site; table.py shows both to people.
"""
