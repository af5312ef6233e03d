"""The lab on a page: `model` makes its JSON of a run or of a capture, `report` one file of that.

`static` is the page itself: its style sheet and its modules, of which `bundle` makes one script.
"""
