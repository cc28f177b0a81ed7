"""HTTP as it really fails: nobody there, silence, a cut reply, a flood, a stranger's certificate, a Wi-Fi's page."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from field_client import transport
from field_client.problems import NotReached, NotTrusted, Refused
from field_client.transport import HttpTransport
from sync import keys

Talk = Callable[[socket.socket], None]


@contextmanager
def speaking(talk: Talk, secured: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server of one connection after another, each handed to `talk` once its request came; the port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = server.accept()
            except OSError:
                return
            try:
                with secured.wrap_socket(plain, server_side=True) if secured else plain as connection:
                    hear(connection)
                    talk(connection)
            except OSError:
                pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def hear(connection: socket.socket) -> None:
    """Read a whole request of `send`: closing over unread bytes would reset the connection under the answer."""
    heard = b""
    while not heard.endswith(b"\r\n\r\n{}"):
        piece = connection.recv(65_536)
        if not piece:
            return
        heard += piece


def saying(answer: bytes) -> Talk:
    return lambda connection: connection.sendall(answer)


def send(url: str, **options: object) -> transport.Answer:
    return HttpTransport(url, **options).send("POST", "/api/exchange", {"Signature": "s"}, b"{}")  # type: ignore[arg-type]


def test_nobody_there_is_said_with_the_address() -> None:
    with speaking(saying(b"")) as port:
        pass
    with pytest.raises(NotReached, match=f"127.0.0.1:{port} cannot be reached"):
        send(f"http://127.0.0.1:{port}")
    with pytest.raises(NotReached):
        send("http://nowhere.invalid")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 9999999 What\r\n\r\n",
    ],
)
def test_a_reply_that_is_cut_or_is_none_is_no_reply(answer: bytes) -> None:
    with speaking(saying(answer)) as port, pytest.raises(NotReached, match="broke off"):
        send(f"http://127.0.0.1:{port}")


def test_silence_ends_at_the_time_out() -> None:
    waiting = threading.Event()
    with (
        speaking(lambda connection: waiting.wait(5) and None) as port,
        pytest.raises(NotReached, match="in time"),
    ):
        send(f"http://127.0.0.1:{port}", client=httpx.Client(timeout=0.2))
    waiting.set()


def test_a_flood_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_REPLY_BYTES", 1000)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    with speaking(saying(answer)) as port, pytest.raises(NotReached, match="far too long"):
        send(f"http://127.0.0.1:{port}")


def test_a_redirect_is_not_followed_and_a_page_is_known_as_one() -> None:
    with speaking(
        saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")
    ) as port:
        assert send(f"http://127.0.0.1:{port}").status == 302
    page = b"  <!DOCTYPE HTML><p>Sign in"
    with speaking(saying(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(page) + page)) as port:
        assert send(f"http://127.0.0.1:{port}").looks_like_a_page


def own_authority(folder: Path) -> tuple[str, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself: its PEM text, and a server's context with it."""
    key = keys.generate_private()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Made-up authority")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = certificate.public_bytes(Encoding.PEM)
    both = folder / "service.pem"
    both.write_bytes(text + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return text.decode(), context


def test_a_service_with_its_own_authority_is_trusted_only_with_it(tmp_path: Path) -> None:
    authority, secured = own_authority(tmp_path)
    with speaking(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), secured) as port:
        with pytest.raises(NotTrusted, match="does not trust"):
            send(f"https://127.0.0.1:{port}")
        assert send(f"https://127.0.0.1:{port}", authority=authority).body == b"{}"
    with pytest.raises(Refused, match="not a PEM"):
        send(f"https://127.0.0.1:{port}", authority="no certificate")


@pytest.mark.parametrize("url", ["", "doorstep.example.org", "ftp://x", "https://", "javascript:1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="no address"):
        HttpTransport(url)


def test_only_http_to_another_machine_can_be_watched() -> None:
    assert transport.is_plain("http://doorstep.example.org")
    assert not transport.is_plain("http://127.0.0.1:8000")
    assert not transport.is_plain("https://doorstep.example.org")
