"""A network that loses, repeats, delays, reorders, cuts and counterfeits, between real clients and the real service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from flask import Flask

from field_client.problems import NotReached
from field_client.transport import Answer
from tests.simulation.databases import MortalDatabase

PAGE = Answer(200, {"content-type": "text/html"}, b"<!doctype html><p>Please sign in to this Wi-Fi.</p>")
BAD_GATEWAY = Answer(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")


class Killed(BaseException):
    """The client's process ends here, whatever it was doing. No handler for exceptions may stop it."""


@dataclass(frozen=True)
class Request:
    """One request as it left a client."""

    device: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Weather:
    """How likely each mishap is, in parts of a hundred; what is left over goes well."""

    lost: int = 6
    reply_lost: int = 8
    repeated: int = 6
    delayed: int = 5
    request_cut: int = 3
    reply_cut: int = 4
    stale_reply: int = 3
    page: int = 2
    gateway: int = 2
    killed_before: int = 2
    killed_after: int = 4
    service_dies_before: int = 4
    service_dies_after: int = 4

    @classmethod
    def fine(cls) -> Weather:
        """Nothing goes wrong."""
        return cls(**dict.fromkeys(cls.__dataclass_fields__, 0))


@dataclass
class Network:
    """Carries requests to the application. `first_seen` says when, and at what time by its phone's clock, an event
    first reached the service: (received, the request's own time), in ms.
    """

    app: Flask
    random: Random
    weather: Weather
    database: MortalDatabase
    mortal: bool = True
    true_ms: int = 0
    late: list[Request] = field(default_factory=list)
    replies: dict[str, list[Answer]] = field(default_factory=dict)
    first_seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    mishaps: list[str] = field(default_factory=list)

    def carry(self, request: Request) -> Answer:
        """Take a request on its way; what comes back. Raises NotReached or Killed."""
        mishap = self._mishap()
        if mishap:
            self.mishaps.append(f"{request.device[:4]} {mishap}")
        match mishap:
            case "lost":
                raise NotReached("lost on the way")
            case "page":
                return PAGE
            case "gateway":
                return BAD_GATEWAY
            case "delayed":
                self.late.append(request)
                raise NotReached("still on its way")
            case "killed_before":
                raise Killed
            case "request_cut" if request.body:
                cut = self.random.randrange(len(request.body))
                return self.deliver(Request(**{**vars(request), "body": request.body[:cut]}))
            case "stale_reply" if self.replies.get(request.device):
                self.deliver(request)
                return self.random.choice(self.replies[request.device][:-1] or [PAGE])
        answer = self.deliver(request)
        match mishap:
            case "killed_after":
                raise Killed
            case "reply_lost":
                raise NotReached("the reply was lost")
            case "reply_cut":
                return Answer(
                    answer.status, answer.headers, answer.body[: self.random.randrange(len(answer.body))]
                )
            case "repeated":
                again = self.deliver(request)
                return self.random.choice([answer, again])
        return answer

    def deliver(self, request: Request) -> Answer:
        """Give a request to the service, now."""
        self.database.committed = False
        self.database.fate = self._fate if self.mortal else None
        with self.app.test_client() as client:
            reply = client.open(
                request.path,
                method=request.method,
                headers=request.headers,
                data=request.body,
                content_type="application/json" if request.body else None,
            )
        self.database.fate = None
        answer = Answer(
            reply.status_code, {name.lower(): value for name, value in reply.headers.items()}, reply.data
        )
        if answer.status == 200 and request.method == "POST":
            self.replies.setdefault(request.device, []).append(answer)
        if self.database.committed:
            self._note(request)
        return answer

    def deliver_late(self) -> None:
        """Let one delayed request arrive, in any order; nobody waits for its reply any more."""
        if self.late:
            self.deliver(self.late.pop(self.random.randrange(len(self.late))))

    def _note(self, request: Request) -> None:
        if not request.body:
            return
        told = json.loads(request.body)
        for event in told.get("events", []):
            self.first_seen.setdefault(event["id"], (self.true_ms, told["now"]))

    def _fate(self) -> str:
        """Whether the service dies around its next commit."""
        drawn = self.random.randrange(100)
        fate = "before commit" if drawn < self.weather.service_dies_before else ""
        if (
            self.weather.service_dies_before
            <= drawn
            < self.weather.service_dies_before + self.weather.service_dies_after
        ):
            fate = "after commit"
        if fate:
            self.mishaps.append(f"the service dies {fate}")
        return fate

    def _mishap(self) -> str:
        drawn = self.random.randrange(100)
        for name, share in vars(self.weather).items():
            if name.startswith("service"):
                continue
            if drawn < share:
                return name
            drawn -= share
        return ""


class Wire:
    """One phone's end of the network: what the client takes for its transport."""

    def __init__(self, network: Network, name: str) -> None:
        self.network, self.name = network, name

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """As field_client.transport.Transport."""
        return self.network.carry(Request(self.name, method, path, dict(headers), body))
