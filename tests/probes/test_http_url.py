"""A URL is kept in one form, or refused with a sentence."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.http.probe import HttpProbe
from probes.http.url import Url


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("http://example.net", "http://example.net/"),
        ("HTTPS://Example.NET/Health", "https://example.net/Health"),
        ("http://example.net:80/", "http://example.net/"),
        ("https://example.net:80/", "https://example.net:80/"),
        ("https://example.net:/a", "https://example.net/a"),
        ("http://example.net:08080?q=1", "http://example.net:8080/?q=1"),
        ("http://example.net/a?b=/c?d#top", "http://example.net/a?b=/c?d"),
        ("http://192.0.2.1/", "http://192.0.2.1/"),
        ("http://[2001:DB8::0001]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
        ("http://[fe80::1%25eth0]/", "http://[fe80::1%25eth0]/"),
        ("http://[fe80::1%eth0]:81/", "http://[fe80::1%25eth0]:81/"),
        ("http://gateway/", "http://gateway/"),
        ("http://bücher.example/straße?q=ü", "http://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%BC"),
        ("http://example.net/a%20b%zz", "http://example.net/a%20b%zz"),
        ("http://example.net/@me", "http://example.net/@me"),
    ],
)
def test_a_url_is_kept_in_one_form(written: str, kept: str) -> None:
    assert HttpProbe.check_address(written) == kept
    assert HttpProbe.check_address(kept) == kept


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("example.net", "is not a URL such as"),
        ("192.0.2.1:80", "is not a URL such as"),
        ("ftp://example.net/", "is not a URL such as"),
        ("http:///path", "not an IP address, a host name"),
        ("http://exam ple.net/", "write %20"),
        ("http://example.net/a b", "write %20"),
        ("http://example.net/\r\nX: y", "control characters"),
        ("http://example.net:0/", "not a port"),
        ("http://example.net:65536/", "not a port"),
        ("http://example.net:http/", "not a host and a port"),
        ("http://2001:db8::1/", "not a host and a port"),
        ("http://[192.0.2.1]/", "brackets are for IPv6"),
        ("http://[2001:db8::1/", "not a host and a port"),
        ("http://300.1.1.1/", "not an IP address"),
        ("http://" + "a" * 9_000, "too long"),
    ],
)
def test_what_is_no_url_is_refused_with_what_would_be_right(written: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        HttpProbe.check_address(written)


def test_a_url_with_a_user_is_refused_and_the_password_is_not_told() -> None:
    with pytest.raises(ValueError, match="these go into basic_auth") as caught:
        HttpProbe.check_address("https://ada:hunter2@example.net/")
    assert "hunter2" not in str(caught.value)


@given(st.text(max_size=40) | st.from_regex(r"https?://\[?[0-9a-z.:%@]{0,20}\]?(:[0-9]{1,6})?[/?#]?.{0,9}"))
def test_any_text_is_a_url_in_one_form_or_a_valueerror(text: str) -> None:
    try:
        url = Url.parse(text)
    except ValueError:
        return
    assert Url.parse(str(url)) == url
    assert (str(url) + url.authority()).isascii()
    assert url.path.startswith("/")


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/b?c", "https://example.net:8443/b?c"),
        ("b", "https://example.net:8443/x/b"),
        ("../b", "https://example.net:8443/b"),
        ("//other.example/y", "https://other.example/y"),
        ("http://other.example#top", "http://other.example/"),
        ("", "https://example.net:8443/x/a"),
        ("/ü", "https://example.net:8443/%C3%BC"),
    ],
)
def test_a_location_leads_on_from_where_it_was_said(location: str, leads_to: str) -> None:
    assert str(Url.parse("https://example.net:8443/x/a").join(location)) == leads_to


@given(st.text(max_size=60))
def test_any_location_leads_somewhere_or_is_a_valueerror(location: str) -> None:
    with suppress(ValueError):
        assert Url.parse("https://example.net/").join(location).scheme in ("http", "https")


def test_a_host_header_names_no_zone_and_no_usual_port() -> None:
    assert Url.parse("http://[fe80::1%25eth0]:81/").authority() == "[fe80::1]:81"
    assert Url.parse("https://example.net:443/").authority() == "example.net"
    assert Url.parse("http://gateway:81/").authority("192.0.2.1") == "192.0.2.1:81"
