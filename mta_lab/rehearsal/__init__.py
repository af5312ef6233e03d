"""What becomes of the mail of a topology, predicted before a packet is sent.

Read prediction.py (the words and the tree), network.py (the way of a connection through the
firewalls), call.py (one call, from the control block to the answer's credentials), mail.py (a
message: route, calls, who gets the turn, relays), predict.py (every pair of MTAs), expected.py
(beside what the file expects), report.py (all of it), changes.py (what changes from one to
another), whatif.py (of many settings); cells.py and the tables show them to people. proof/ plays
predictions on packets. Nothing here decides: the MTA's policy and the engines' models do, asked in
the order in which a packet would meet them.
"""
