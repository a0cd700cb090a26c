"""The nightly analysis: what is read, when it runs, what it keeps and how it is told."""
