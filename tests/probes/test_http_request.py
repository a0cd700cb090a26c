"""What is asked, and what a redirect makes of it."""

from __future__ import annotations

import h11
import pytest

from probes.http.exchange import encoded
from probes.http.options import HttpOptions
from probes.http.request import Header, Request, first, location_of, redirected
from probes.http.url import Url
from probes.model import Failure, Reason
from probes.values import Secret

HERE = Url.parse("https://example.net/a")


def asked(**changes: object) -> Request:
    return first(HttpOptions.model_validate(changes), HERE)


def on_the_wire(request: Request) -> bytes:
    return encoded(h11.Connection(h11.CLIENT), request, request.url.authority())


def followed(to: str, status: int = 302, request: Request | None = None, follow: int = 5) -> Request:
    found = redirected([request or asked()], status, to, follow)
    assert isinstance(found, Request)
    return found


def test_a_request_asks_for_one_plain_answer() -> None:
    assert on_the_wire(asked()) == (
        b"GET /a HTTP/1.1\r\nHost: example.net\r\nUser-Agent: linkledger\r\nAccept: */*\r\n"
        b"Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )


def test_a_body_goes_with_its_length() -> None:
    sent = on_the_wire(asked(method="POST", body="grüße", headers={"Content-Type": "text/plain"}))
    assert b"\r\nContent-Type: text/plain\r\n" in sent
    assert sent.endswith("\r\nContent-Length: 7\r\n\r\ngrüße".encode())


def test_ones_own_headers_stand_instead_of_ours() -> None:
    sent = on_the_wire(asked(headers={"host": "www.example", "user-agent": "me", "X-Key": Secret("k")}))
    assert sent.count(b"host:") + sent.count(b"Host:") == 1
    assert b"\r\nhost: www.example\r\n" in sent
    assert b"\r\nuser-agent: me\r\nX-Key: k\r\n" in sent
    assert b"linkledger" not in sent


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"bearer": "tok"}, "Bearer tok"),
        ({"basic_auth": {"username": "Aladdin", "password": "open:s"}}, "Basic QWxhZGRpbjpvcGVuOnM="),
        ({"bearer": ""}, None),
    ],
)  # fmt: skip
def test_who_asks_is_said_as_the_standards_have_it(options: dict[str, object], line: str | None) -> None:
    found = [header for header in asked(**options).headers if header.name == "Authorization"]
    assert found == ([] if line is None else [Header("Authorization", line, private=True)])


def test_a_location_counts_only_with_a_status_that_redirects() -> None:
    headers = [("server", "x"), ("location", "/b")]
    assert {status for status in range(100, 600) if location_of(status, headers)} == {301, 302, 303, 307, 308}
    assert location_of(302, headers[:1]) is None
    assert location_of(None, headers) is None


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("GET", 302, "GET"),
        ("HEAD", 303, "HEAD"),
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("PUT", 302, "PUT"),
        ("PUT", 303, "GET"),
    ],
)
def test_a_redirect_keeps_or_changes_the_method_as_browsers_do(method: str, status: int, then: str) -> None:
    body = {"body": "x"} if method in ("POST", "PUT") else {}
    found = followed("/b", status, asked(method=method, **body))
    assert (found.method, found.body) == (then, b"" if then in ("GET", "HEAD") else b"x")
    assert str(found.url) == "https://example.net/b"


def test_to_another_origin_nothing_secret_is_taken_along() -> None:
    request = asked(
        bearer="tok",
        headers={"Cookie": "c", "Host": "h", "X-Key": Secret("k"), "X-Plain": "p", "Accept": "a"},
    )
    assert followed("/b", request=request).headers == request.headers
    for other in ("https://other.example/", "https://example.net:8443/", "https://www.example.net/"):
        kept = {header.name for header in followed(other, request=request).headers}
        assert kept == {"User-Agent", "Accept-Encoding", "X-Plain", "Accept"}


@pytest.mark.parametrize(
    ("location", "detail"),
    [
        ("http://example.net/b", "302 to 'http://example.net/b': not followed, since it leads from https"),
        ("/a", "302 to '/a': a loop of 1 redirects"),
        ("ftp://example.net/", "302 to 'ftp://example.net/': is not a URL such as"),
        ("https://u:p@example.net/", "302 to 'https://u:p@example.net/': the URL holds a user or a password"),
        ("/\x1b[31m", "302 to '/\\x1b[31m': a URL holds no spaces"),
        ("https://[::1", "302 to 'https://[::1': Invalid IPv6 URL"),
        ("/" + "b" * 9_000, "…: a URL of 9020 characters is too long"),
    ],
)  # fmt: skip
def test_where_a_redirect_must_not_lead_is_said(location: str, detail: str) -> None:
    found = redirected([asked()], 302, location, 5)
    assert isinstance(found, Failure)
    assert found.reason is Reason.MISMATCH
    assert detail in found.detail
    assert len(found.detail) < 250


def test_more_redirects_than_are_followed_and_a_longer_loop_are_said() -> None:
    so_far = [asked(), followed("/b")]
    assert redirected(so_far, 301, "/c", 1) == Failure(Reason.MISMATCH, "301 to '/c': more than 1 redirect")
    assert redirected(so_far, 301, "/a", 1) == Failure(Reason.MISMATCH, "301 to '/a': a loop of 2 redirects")
    assert isinstance(redirected(so_far, 301, "/c", 2), Request)
