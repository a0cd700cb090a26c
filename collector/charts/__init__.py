"""Numbers to inline SVG. Pure: no file, no clock, no ledger; every text is escaped.

Each function gives one whole `<svg>`. Colours stand in presentation attributes out of a `Palette`, and
each shape has a class, so that a page's style sheet may say otherwise. Nothing is told by colour alone.
"""
