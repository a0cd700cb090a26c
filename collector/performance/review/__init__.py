"""The review pack: all parts of a period put together, for ourselves or for one carrier."""
