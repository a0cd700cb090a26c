"""What the product is measured against: `make bench`, or `python -m tests.bench NAME...` for some.

A bench is a module here with a function `rows() -> Iterable[Row]`. It measures one thing, its own
process is free for it, and what it prints is what it measured.
"""
