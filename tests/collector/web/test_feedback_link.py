"""The links by which people without a login say how it went."""

from __future__ import annotations

import hmac
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from collector.web.feedback_link import TOKEN_LENGTH, link, site_of, token
from config.settings import Settings, Site, WebSettings
from probes.values import Secret
from tests.collector.web.estate import CIRCUITS
from tests.collector.web.estate import settings as estate_settings

KEY = "a key of sixteen and more"


def settings(key: str | None = KEY, url: str | None = "https://noc.example") -> Settings:
    web = WebSettings(url=url, feedback_key=None if key is None else Secret(key))
    made = estate_settings(CIRCUITS)
    sites = {**made.sites, "par 02/x": Site(timezone="Europe/Paris")}
    return made.model_copy(update={"web": web, "sites": sites})


def test_a_token_is_half_of_the_sites_hmac_and_opens_that_site_alone() -> None:
    held = settings()
    whole = hmac.new(KEY.encode(), b"feedback:lon-01", sha256).hexdigest()
    assert token(held, "lon-01") == whole[:TOKEN_LENGTH]
    assert site_of(held, "lon-01", whole[:TOKEN_LENGTH]) == "lon-01"
    assert site_of(held, "par 02/x", whole[:TOKEN_LENGTH]) is None


def test_another_key_makes_every_link_void() -> None:
    given = token(settings(), "lon-01")
    assert given is not None
    assert site_of(settings("another key, as long as that"), "lon-01", given) is None


def test_without_a_key_there_is_no_link_and_none_opens() -> None:
    assert token(settings(None), "lon-01") is None
    assert link(settings(None), "lon-01") is None
    assert site_of(settings(None), "lon-01", "-" * TOKEN_LENGTH) is None


def test_a_site_that_there_isnt_opens_nothing_though_its_token_is_right() -> None:
    gone = token(settings(), "gone-01")
    assert gone is not None
    assert site_of(settings(), "gone-01", gone) is None


def test_a_link_stands_under_the_pages_own_address_with_the_site_quoted() -> None:
    held = settings()
    assert link(held, "par 02/x") == f"https://noc.example/feedback/par%2002%2Fx/{token(held, 'par 02/x')}"
    assert (link(settings(url=None), "lon-01") or "").startswith("/feedback/lon-01/")


@given(st.text(max_size=40))
def test_no_text_opens_a_site_but_its_token(guess: str) -> None:
    held = settings()
    opened = site_of(held, "lon-01", guess.encode("utf-8", "replace").decode())
    assert (opened == "lon-01") == (guess == token(held, "lon-01"))
