"""Generators of edits, a file for each thing that is edited; ../table.py has when each is asked."""
