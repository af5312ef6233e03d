"""The link sheet: what two centres tell each other before their MTAs connect.

Read selector.py (the four things that a selector may be), profiles.py (what is known of the MTAs of
others), sheet.py (the file), starting.py (what a centre begins with), shown.py (a field as people
see it), document.py (what is printed), page.py (the sheet on paper), joining.py (two sheets make a
topology), comparing.py (where two sheets differ, and what each difference does) and table.py (that
as people read it). logbook/ has the tests of the link.
"""
