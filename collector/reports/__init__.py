"""Reports of a period: what was promised, what was measured, what is owed, and how well all of it is known.

`making.make` reads a ledger into a `Report`, `render.render` writes it as HTML, PDF, CSV or JSON, and
`sending` brings it to mailboxes and folders. Nothing here knows of outputs or of the page.
"""
