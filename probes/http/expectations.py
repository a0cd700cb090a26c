"""Does an answer say what it should? Pure: what regexes found is handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from probes.http.exchange import Answer
from probes.http.options import HttpExpect, Match
from probes.model import Failure, Reason
from probes.shown import quoted

_ASKS_WHO = (401, 403, 407)
"""Who asks was not said, not believed, or may not."""


class Question(NamedTuple):
    """Does `text` hold what `regex` matches? `where` is a header's name, or empty for the body."""

    where: str
    regex: str
    text: bytes


def needles(expect: HttpExpect) -> list[bytes]:
    """The texts to look for in the body as it comes."""
    return [one.contains.encode() for one in (*expect.body, *expect.not_body) if one.contains is not None]


def keeps_body(expect: HttpExpect) -> bool:
    """Whether the body must be there as a whole: for a regex."""
    return any(one.regex is not None for one in (*expect.body, *expect.not_body))


def questions(expect: HttpExpect, answer: Answer) -> list[Question]:
    """What regexes are to be searched for, and where."""
    body = bytes(answer.body or b"")
    found = [
        Question(name, match.regex, value.encode("utf-8", "replace"))
        for name, match in expect.header.items()
        if match.regex is not None and (value := answer.header(name)) is not None
    ]
    matches = (*expect.body, *expect.not_body)
    return found + [Question("", match.regex, body) for match in matches if match.regex is not None]


Searched = Mapping[tuple[str, str | None], bool]
"""(where, regex) of each question -> whether it was found."""


def wrong_status(expect: HttpExpect, answer: Answer) -> Failure | None:
    """Why the status is not good."""
    status = answer.status or 0
    if expect.status is None:
        good, wanted = 200 <= status < 400, "200 to 399"
    else:
        good = any(one in (str(status), f"{status // 100}xx") for one in expect.status)
        wanted = " or ".join(expect.status)
    if good:
        return None
    reason = Reason.AUTH if status in _ASKS_WHO else Reason.MISMATCH
    return Failure(reason, f"status {status}, expected {wanted}")


def unmet(expect: HttpExpect, answer: Answer, searched: Searched, days_left: float | None) -> Failure | None:
    """What else of the expectations is not met, the first of it."""
    said = chain(
        _of_headers(expect, answer, searched), _of_body(expect, answer, searched), _of_days(expect, days_left)
    )
    first = next(said, None)
    return None if first is None else Failure(Reason.MISMATCH, first)


def _of_headers(expect: HttpExpect, answer: Answer, searched: Searched) -> Iterator[str]:
    for name, match in expect.header.items():
        value = answer.header(name)
        if value is None:
            yield f"no header {name}, expected {match} in it"
        elif not (searched[name, match.regex] if match.contains is None else match.contains in value):
            yield f"header {name}: {quoted(value)}, expected {match} in it"


def _of_body(expect: HttpExpect, answer: Answer, searched: Searched) -> Iterator[str]:
    read = f"{answer.body_bytes} bytes of body{_as_sent(answer)}"
    for match in expect.body:
        if not _in_body(match, answer, searched):
            more = f", which is not all of it: {answer.why_cut}" if answer.cut else ""
            yield f"no {match} in {read}{more}"
    for match in expect.not_body:
        if _in_body(match, answer, searched):
            yield f"{match} in {read}, expected none"
        elif answer.cut:
            yield f"no {match} in the first {read}, and nobody knows of the rest: {answer.why_cut}"


def _in_body(match: Match, answer: Answer, searched: Searched) -> bool:
    if match.contains is None:
        return searched["", match.regex]
    return match.contains.encode() not in answer.finder.missing


def _as_sent(answer: Answer) -> str:
    """A server that compresses what we asked it not to hides what we look for."""
    coding = answer.header("content-encoding")
    return "" if coding in (None, "", "identity") else f", which came as {quoted(coding or '', 20)} unasked"


def _of_days(expect: HttpExpect, days_left: float | None) -> Iterator[str]:
    if expect.min_days_left is None:
        return
    if days_left is None:
        yield f"no certificate, expected one for at least {expect.min_days_left:g} days"
    elif days_left < expect.min_days_left:
        yield f"the certificate ends in {days_left:.1f} days, expected at least {expect.min_days_left:g}"
