"""Text from outside, as it may stand in a sentence of ours: short, on one line, with nothing that acts."""

from __future__ import annotations


def quoted(text: str | bytes, most: int = 80) -> str:
    """In quotes, at most `most` characters of it; what can't be printed is escaped, bytes are UTF-8."""
    whole = text if isinstance(text, str) else text[: 4 * most].decode("utf-8", "backslashreplace")
    return repr(whole[:most]) + ("…" if len(whole) > most else "")


def clean(text: str, most: int) -> str:
    """Without quotes; what can't be printed becomes `?`."""
    kept = "".join(one if one.isprintable() else "?" for one in text[:most])
    return kept + ("…" if len(text) > most else "")


def one_line(text: str) -> str:
    """What came from outside, fit for a log line, a header and a web page."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:300] or "without a word"
