"""The logbook: the tests of a link, one row each, predicted and seen on packets.

Read changed.py (what a test changes in a topology), trials.py (the table of the tests), outcome.py
(what a test shows), logbook.py (the rows, predicted or proved) and page.py (them on paper).
"""
