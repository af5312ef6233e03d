"""What becomes of the mail of a topology, predicted before a packet is sent.

Read prediction.py (the tree), network.py with way.py, boxes.py, wayback.py and faulty.py (the way
of a connection through firewalls and faults, and that of the answers), call.py with world.py (one
call, from the control block to the answer's credentials, and what it meets), state.py with
trail.py, dispatching.py, running.py and links.py (a topology at work), mailing.py and run.py (what
happens in it), mail.py and predict.py (the first message of every two MTAs), play.py with
interventions.py and expected.py (a play, beside what the file expects), report.py (all of it),
changes.py (what changes from one to another), whatif.py (of many settings), suggest/ (what would
mend it), proof/ (beside what packets show); cells.py and the tables show them to people. Nothing
here decides: the MTA's policy and the engines' models do, asked in the order in which a packet
would meet them.
"""
