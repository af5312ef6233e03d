"""The lab on a page: `model` makes its JSON of a run, a lab that is up, or a capture.

`report` makes one file of that; `server` sends what `live` hears to whom `safety` lets see it.
`exercising` serves the page of an exercise likewise, of which `desk` knows all; `site` and `news`
are what both have in common.
`static` is the page itself: its style sheet and its modules, of which `bundle` makes one script.
"""
