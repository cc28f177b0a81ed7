"""The wire between a phone and the service as it is in the street: gone, slow, cut short, or somebody's Wi-Fi."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Mode = Literal["whole", "gone", "app only", "portal", "reply lost", "reply cut"]

PORTAL = b"<!doctype html><title>Free Wi-Fi</title><h1>Accept our terms to go online</h1>"
NOT_PASSED_ON = {"connection", "transfer-encoding", "keep-alive"}
APP = "/phone/"
OF_THE_BYTES = {"accept-encoding", "content-encoding", "etag", "if-none-match", "if-modified-since"}


def nothing() -> None:
    """What a hook does until a test has something to do there."""


@dataclass(frozen=True)
class Instead:
    """A file of another version of the app, answered with the headers that the service gives to its path `like`."""

    like: str
    body: bytes


class Wire:
    """Listens on `port` and passes on to `service_port`. `mode` applies to what is asked from now on.

    `gone`: no connection. `app only`: none but for the app's own files. `portal`: every answer is a web page.
    `reply lost`: the service gets the request and its answer never arrives. `reply cut`: half of it does. Only
    exchanges are broken in the last two. `asked` lists (method, path) of all that arrived here, `bodies` the exchanges'
    requests as sent. The hooks are called at an exchange: when it has arrived here, when the service has answered it,
    and when the answer has left for the phone. `instead` are the files of another version of the app, by path, which
    the phone gets in place of the service's.
    """

    def __init__(self, port: int, service_port: int) -> None:
        self.port, self.service_port = port, service_port
        self.mode: Mode = "whole"
        self.slow_seconds = 0.0
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        self.instead: dict[str, Instead] = {}
        self.before_exchange: Callable[[], None] = nothing
        self.before_answer: Callable[[], None] = nothing
        self.after_answer: Callable[[], None] = nothing

    @contextmanager
    def open(self) -> Iterator[None]:
        """Listen until the end."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wire.pass_on(self)

            def do_POST(self) -> None:
                wire.pass_on(self)

            def log_message(self, *args: object) -> None:
                """Nothing is logged."""

        return Handler

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        """One request, as the wire is now."""
        mode = self.mode
        path = handler.path.partition("?")[0]
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.asked.append((handler.command, path))
        handler.close_connection = True
        if mode == "gone" or (mode == "app only" and not path.startswith(APP)):
            return
        if mode == "portal":
            _answer(handler, 200, {"Content-Type": "text/html"}, PORTAL)
            return
        is_exchange = path == "/api/exchange"
        if is_exchange:
            self.bodies.append(body)
            self.before_exchange()
            time.sleep(self.slow_seconds)
        try:
            status, headers, answer = self._ask_instead(handler, path) or self._ask(
                handler.path, handler, body
            )
        except OSError:
            return
        if is_exchange:
            self.before_answer()
        if is_exchange and mode == "reply lost":
            return
        cut = len(answer) // 2 if is_exchange and mode == "reply cut" else None
        _answer(handler, status, headers, answer, cut)
        if is_exchange:
            self.after_answer()

    def _ask_instead(
        self, handler: BaseHTTPRequestHandler, path: str
    ) -> tuple[int, dict[str, str], bytes] | None:
        instead = self.instead.get(path)
        if instead is None:
            return None
        for name in OF_THE_BYTES:
            del handler.headers[name]
        status, headers, _ = self._ask(instead.like, handler, b"")
        told = {name: value for name, value in headers.items() if name.lower() not in OF_THE_BYTES}
        return status, told, instead.body

    def _ask(
        self, path: str, handler: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.service_port, timeout=60)
        try:
            headers = {
                name: value for name, value in handler.headers.items() if name.lower() not in NOT_PASSED_ON
            }
            connection.request(handler.command, path, body=body or None, headers=headers)
            reply = connection.getresponse()
            told = {name: value for name, value in reply.getheaders() if name.lower() not in NOT_PASSED_ON}
            return reply.status, told, reply.read()
        finally:
            connection.close()


def _answer(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes, cut: int | None = None
) -> None:
    try:
        handler.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:cut])
    except OSError:
        return  # the browser went away
