"""Small edits of a topology file after which its mail is delivered.

Read edit.py (what an edit is), document.py (the file that is edited), stop.py (what stops mail),
edits/ and table.py (what may mend that), waiting.py (what is to be mended), search.py, strategy.py,
suggestion.py (what was found, ranked, with what else changes), show.py (as people read it).
An edit proposes and the prediction decides, so nothing here knows a policy, or an article.
"""
