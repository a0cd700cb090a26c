"""The program that searching.py starts: reads questions, says what was found, ends when it takes too long.

It is run by its path and imports nothing of ours, so that it is there in 20 ms. A question is a line of
JSON (seconds, regexes, lengths) and the texts behind it; the answer is a line with a list of booleans.
"""

from __future__ import annotations

import json
import re
import signal
import sys


def main() -> None:
    """Until the other end goes; SIGALRM, which nobody catches, ends what takes too long."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while line := questions.readline():
        head = json.loads(line)
        texts = [questions.read(length).decode("utf-8", "replace") for length in head["lengths"]]
        signal.setitimer(signal.ITIMER_REAL, head["seconds"])
        found = [bool(re.search(one, text)) for one, text in zip(head["regexes"], texts, strict=True)]
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(json.dumps(found).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
