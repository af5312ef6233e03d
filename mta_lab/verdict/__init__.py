"""What a run showed, and what that is worth: attempts.py, ways.py, flows.py, judge.py, result.py.

table.py prints results; check.py compares a capture with what the MTAs logged.
"""
