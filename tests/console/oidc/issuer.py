"""Starts the provider of provider.mjs, and signs people in at it as a browser would."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from tests.sync.peer import find_node

HERE = Path(__file__).parent
INSTALLED = HERE.parents[2] / "server" / "web" / "console" / "node_modules" / "oidc-provider"


@dataclass
class Issuer:
    """A provider that runs, and the people it knows."""

    address: str
    people: Path
    known: dict[str, Any] = field(default_factory=dict)

    def knows(self, subject: str, *groups: str, **claims: Any) -> None:
        """Let it know somebody, with these groups from now on."""
        self.known[subject] = {"groups": list(groups), "name": subject.title()} | claims
        self.people.write_text(json.dumps(self.known))

    def sign_in(self, where: str, subject: str) -> str:
        """Follow the redirect that Doorstep gave, sign in, consent; the path and query that lead back to Doorstep."""
        with httpx.Client(timeout=20) as browser:
            answer = browser.get(where)
            for _ in range(12):
                if answer.has_redirect_location:
                    onward = urljoin(str(answer.url), answer.headers["Location"])
                    if not onward.startswith(self.address):
                        parts = urlsplit(onward)
                        return f"{parts.path}?{parts.query}"
                    answer = browser.get(onward)
                    continue
                form = re.search(r'action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="([^"]+)"', answer.text)
                assert form, answer.text[:2000]
                assert prompt, answer.text[:2000]
                typed = {"prompt": prompt[1], "login": subject, "password": "any"}
                answer = browser.post(urljoin(str(answer.url), form[1]), data=typed)
        raise AssertionError("the provider does not come to an end")


@contextmanager
def running(folder: Path, *, groups_in_userinfo: bool = False) -> Iterator[Issuer]:
    """A provider on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    people = folder / "people.json"
    people.write_text("{}")
    node = find_node()
    assert node is not None
    env = os.environ | {"GROUPS_IN_USERINFO": "yes" if groups_in_userinfo else "no"}
    command = [node, str(HERE / "provider.mjs"), str(port), str(people)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.strip() == "ready":
                    break
            else:
                raise AssertionError("the provider did not start")
            yield Issuer(f"http://127.0.0.1:{port}", people)
        finally:
            process.kill()
