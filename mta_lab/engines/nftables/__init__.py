"""The engine `nftables`: Linux's packet filter, by the rules that the program nft reads.

Read ruleset.py (what nft lists), reader.py (how it comes to list it), lines.py (where each rule
stands in the file), packet.py (what a rule can see), values.py (expressions and matches), chain.py
(from rule to rule), nat.py (translation), then engine.py: the way of a packet from hook to hook.
"""
