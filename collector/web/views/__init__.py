"""The pages that people read: each view turns what was asked, and a ledger, into HTML.

A view is a module with `draw(desk, asked) -> Drawn`. It runs in the clerk's process, where it may take
its time and holds up no packet; what is known only to the daemon at this moment comes in `asked`.
"""
