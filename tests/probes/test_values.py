"""Durations, rates and sizes read back what they print; secrets print nothing."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback
from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from probes.values import Duration, Rate, Secret, Size

WORD = "correct-horse-battery-staple"


class Options(BaseModel):
    every: Duration = Duration(1000)
    rate: Rate = Rate.parse("1M")
    size: Size = Size.parse("1G")
    token: Secret = Secret(WORD)


@dataclass
class Holder:
    token: Secret


@pytest.mark.parametrize(
    ("text", "ms"),
    [("500ms", 500), ("10s", 10_000), ("1.5s", 1500), ("5m", 300_000), ("1h30m", 5_400_000),
     ("2h", 7_200_000), ("30d", 2_592_000_000), ("1w", 604_800_000), ("0s", 0)],
)  # fmt: skip
def test_a_duration_is_read_as_written(text: str, ms: int) -> None:
    assert Duration.parse(text) == Duration(ms)


@pytest.mark.parametrize(
    "text", ["", "10", "10 s", "s", "1x", "-1s", "1h 30m", "10S", "0.1ms", "1s ", "s10", "1.s", "1,5s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a duration|finer than a millisecond"):
        Duration.parse(text)


def test_a_length_of_time_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 ms is not a length of time"):
        Duration(-1)


@given(st.integers(min_value=0, max_value=10**14))
def test_a_duration_reads_back_what_it_prints(ms: int) -> None:
    assert Duration.parse(str(Duration(ms))) == Duration(ms)


@given(st.integers(min_value=0, max_value=10**12))
def test_seconds_are_the_milliseconds_over_a_thousand(ms: int) -> None:
    assert Duration(ms).seconds == ms / 1000


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=10**9))
def test_durations_order_by_length(one: int, other: int) -> None:
    assert (Duration(one) < Duration(other)) == (one < other)


@pytest.mark.parametrize(
    ("text", "bits"), [("0", 0), ("64k", 64_000), ("100M", 10**8), ("2.5G", 2_500_000_000), ("1T", 10**12)]
)
def test_a_rate_is_powers_of_ten(text: str, bits: int) -> None:
    assert Rate.parse(text).bits_per_second == bits
    assert str(Rate.parse(text)) == text


@pytest.mark.parametrize("text", ["", "M", "100Mbit", "100m", "-1M", "1 M", "1e6"])
@pytest.mark.parametrize("kind", [Rate, Size])
def test_what_is_no_rate_or_size_is_refused(kind: type[Rate | Size], text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        kind.parse(text)


@given(st.integers(min_value=0, max_value=10**6), st.sampled_from(["", "k", "M", "G", "T"]))
def test_a_size_keeps_its_text_and_counts_in_powers_of_ten(number: int, unit: str) -> None:
    size = Size.parse(f"{number}{unit}")
    assert str(size) == f"{number}{unit}"
    assert size.bytes == number * 1000 ** ["", "k", "M", "G", "T"].index(unit)


@given(st.text(max_size=20))
@pytest.mark.parametrize("kind", [Duration, Rate, Size])
def test_any_text_is_a_value_or_a_valueerror(kind: type[Duration | Rate | Size], text: str) -> None:
    try:
        value = kind.parse(text)
    except ValueError:
        return
    assert kind.parse(str(value)) == value


def test_options_read_and_print_their_own_text() -> None:
    options = Options.model_validate({"every": "90s", "rate": "2.5G", "size": "20G", "token": "t"})
    assert options.model_dump(mode="json") == {"every": "90s", "rate": "2.5G", "size": "20G", "token": "***"}
    assert Options.model_validate(dict(options)) == options


@pytest.mark.parametrize("value", [10, 1.5, None, ["10s"], True])
def test_a_value_that_is_no_text_is_refused_and_says_what_is_right(value: object) -> None:
    with pytest.raises(ValidationError, match="is not a duration such as"):
        Options.model_validate({"every": value})


def test_the_schema_says_what_form_is_right() -> None:
    every = Options.model_json_schema()["properties"]["every"]
    assert every["type"] == "string"
    assert every["pattern"] == Duration.PATTERN


def _in_a_traceback() -> str:
    token = Secret(WORD)
    try:
        raise ValueError(f"cannot use {token!r}")
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.mark.parametrize(
    "shown",
    [
        lambda: str(Secret(WORD)),
        lambda: repr(Secret(WORD)),
        lambda: f"{Secret(WORD)}",
        lambda: f"{Secret(WORD)!r}",
        lambda: f"{Secret(WORD)!s:>9}",
        lambda: "%s %r" % (Secret(WORD), Secret(WORD)),  # noqa: UP031 - how loggers do it
        lambda: "{}".format(Secret(WORD)),  # noqa: UP032
        lambda: ascii(Secret(WORD)),
        lambda: str([Secret(WORD)]) + str({"token": Secret(WORD)}),
        lambda: pprint.pformat({"token": Secret(WORD)}),
        lambda: json.dumps({"token": Secret(WORD)}, default=str),
        lambda: repr(Options()),
        lambda: str(Options().model_dump()),
        lambda: str(Options().model_dump(mode="json")),
        lambda: Options().model_dump_json(),
        lambda: str(Holder(Secret(WORD))) + str(asdict(Holder(Secret(WORD)))),
        lambda: str(copy.deepcopy(Secret(WORD))),
        lambda: logging.makeLogRecord({"msg": "%s", "args": (Secret(WORD),)}).getMessage(),
        _in_a_traceback,
    ],
)
def test_a_secret_is_never_printed(shown: object) -> None:
    assert callable(shown)
    text = shown()
    assert WORD not in text
    assert "***" in text


def test_a_secret_is_no_json_by_accident() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(Secret(WORD))


def test_a_secret_has_no_attributes_that_a_dump_could_walk() -> None:
    assert not hasattr(Secret(WORD), "__dict__")
    assert WORD not in str(dir(Secret(WORD)))


def test_a_secret_crosses_to_another_process_whole_and_still_unprintable() -> None:
    crossed = pickle.loads(pickle.dumps(Options()))
    assert crossed.token.reveal() == WORD
    assert WORD not in repr(crossed)


def test_a_secret_is_used_through_reveal_alone() -> None:
    assert Secret(WORD).reveal() == WORD
    assert Options.model_validate({"token": WORD}).token.reveal() == WORD


def test_secrets_compare_by_what_they_hold_and_only_with_each_other() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_a_model_that_refuses_another_field_does_not_show_the_secret() -> None:
    with pytest.raises(ValidationError) as caught:
        Options(every="banana", token=Secret(WORD))
    assert WORD not in str(caught.value)
