"""The way to the service: one request out, one answer back, and nothing trusted on the way.

The client takes any `Transport`; `HttpTransport` is the real one. It follows no redirect and asks for no
compression, because the signature covers the very bytes that the service sent.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from field_client.problems import NotReached, NotTrusted, Refused

MOST_REPLY_BYTES = 64 * 1024 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers (names in lower case), the body's bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def looks_like_a_page(self) -> bool:
        """True for HTML: most likely the sign-in page of a public Wi-Fi, not the service."""
        kind = self.headers.get("content-type", "")
        return "html" in kind or self.body[:200].lstrip().lower().startswith((b"<!doctype", b"<html"))


class Transport(Protocol):
    """Sends one request to the service. Raises NotReached when no whole answer came."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


class NoTransport:
    """For commands that never speak to the service."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        raise NotReached("This device does not know its service's address yet.")


class HttpTransport:
    """The service at `url` over HTTP. `authority` is the PEM text of a certificate authority to trust as well.

    `client` replaces the connection (tests). Time-outs: 10 s to connect, 60 s for each read or write.
    """

    def __init__(self, url: str, *, authority: str = "", client: httpx.Client | None = None) -> None:
        self.url = check_url(url)
        self._authority = authority
        self._client = client

    def _opened(self) -> httpx.Client:
        if self._client is None:
            trust = ssl.create_default_context()
            if self._authority:
                try:
                    trust.load_verify_locations(cadata=self._authority)
                except ssl.SSLError:
                    raise Refused("The certificate authority given is not a PEM certificate.") from None
            limits = httpx.Timeout(60, connect=10)
            self._client = httpx.Client(timeout=limits, follow_redirects=False, verify=trust)
        return self._client

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        plain = {**headers, "Accept": "application/json", "Accept-Encoding": "identity"}
        if body:
            plain["Content-Type"] = "application/json"
        try:
            with self._opened().stream(method, self.url + path, headers=plain, content=body) as reply:
                return Answer(
                    reply.status_code, {k.lower(): v for k, v in reply.headers.items()}, _read(reply)
                )
        except httpx.TimeoutException:
            raise NotReached(
                f"{self.url} did not answer in time. Nothing changed; try again later."
            ) from None
        except httpx.ConnectError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise NotTrusted(
                    f"{self.url} shows a certificate that this device does not trust. Nothing was sent. A service "
                    "with an authority of its own is enrolled with: --ca FILE"
                ) from None
            raise NotReached(
                f"{self.url} cannot be reached. Nothing changed; what waits still waits."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise NotReached("The connection broke off. Nothing changed; try again.") from None

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _read(reply: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in reply.iter_raw():
        size += len(part)
        if size > MOST_REPLY_BYTES:
            raise NotReached("The answer was far too long to be the service's. Nothing changed.")
        parts.append(part)
    return b"".join(parts)


def check_url(url: str) -> str:
    """The service's address without a slash at its end. Raises Refused for what is no http(s) address."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f'"{url}" is no address of a service; it looks like https://doorstep.example.org')
    return url.strip().rstrip("/")


def is_plain(url: str) -> bool:
    """True when what travels could be watched: http to another machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK
