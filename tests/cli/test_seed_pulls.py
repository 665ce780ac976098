"""`seed --max-pulls`: a registry that counts pulls is waited for, and the user sees why and until when."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest

from cli.running import regplan
from support import images
from support.listening import listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.images import Image

WINDOW_S = 3


class Hub:
    """Three images, of which two may be pulled in three seconds; what was pulled stands in `pulled`."""

    def __init__(self) -> None:
        self.images = {f"shop/part-{n}": images.image([images.layer(2_000, n)], label=str(n)) for n in range(3)}
        self.pulled: list[float] = []
        self.refused = 0
        self.address = ""

    def left(self) -> int:
        """How many more may be pulled now."""
        return 2 - sum(at > time.monotonic() - WINDOW_S for at in self.pulled)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        parts = self.path.removeprefix("/v2/").split("/")
        image = self.hub.images.get("/".join(parts[:-2]))
        if image is None:
            self._say(200 if self.path == "/v2/" else 404, b"")
        elif parts[-2] == "manifests":
            self._manifest(image)
        else:
            blobs = {blob.digest: blob.data for blob in (image.config, *(layer.blob for layer in image.layers))}
            self._say(200, blobs[parts[-1]])

    def do_HEAD(self) -> None:
        self.do_GET()

    def _manifest(self, image: Image) -> None:
        if self.command == "GET" and self.hub.left() <= 0:
            self.hub.refused += 1
            self._say(429, b"", **_limit(0))
            return
        if self.command == "GET":
            self.hub.pulled.append(time.monotonic())
        data = image.manifest.data
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        more = {"Content-Type": image.manifest.media_type, "Docker-Content-Digest": digest}
        self._say(200, data, **more, **_limit(self.hub.left()))

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
        """Say nothing."""


def _limit(left: int) -> dict[str, str]:
    return {"RateLimit-Limit": f"2;w={WINDOW_S}", "RateLimit-Remaining": f"{left};w={WINDOW_S}"}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    serving = Hub()
    with listening(type("Handler", (_Handler,), {"hub": serving})) as port:
        serving.address = f"127.0.0.1:{port}"
        yield serving


def call(hub: Hub, *more: str) -> list[str]:
    references = [f"{hub.address}/{name}:1" for name in hub.images]
    return ["seed", *references, "--to", "oci:disk", "--plain-http", "--yes", *more]


def test_pulls_that_are_used_up_are_waited_for_and_that_is_told(hub: Hub) -> None:
    said = regplan(*call(hub, "--max-pulls", "50"))

    assert said.code == 0, said.err
    assert len(hub.pulled) == 3
    assert hub.pulled[2] - hub.pulled[0] >= WINDOW_S
    assert f"waiting: {hub.address} has no pulls left, until " in said.err
    assert "verified" in said.out


def test_fewer_pulls_than_the_registry_allows_are_made_where_that_is_asked_for(hub: Hub) -> None:
    said = regplan(*call(hub, "--max-pulls", "1"))

    assert said.code == 0, said.err
    assert (len(hub.pulled), hub.refused) == (3, 0)


def test_manifests_that_were_pulled_once_are_pulled_no_more_and_both_runs_tell_how_many_they_took(hub: Hub) -> None:
    first = regplan(*call(hub, "--max-pulls", "50", "-o", "json"))
    hub.pulled.clear()
    second = regplan(*call(hub, "--max-pulls", "50", "-o", "json"))

    assert (first.code, second.code, hub.pulled) == (0, 0, [])
    for said, took in ((first, "took 3 pulls"), (second, "took 0 pulls")):
        [found] = [each for each in said.document["findings"] if each["rule"] == "seed.pulls"]
        assert took in found["message"]
        assert (found["required"], found["where"]) == (3, hub.address)


@pytest.mark.skipif(sys.platform == "win32", reason="NOT TESTED: signals to single processes on Windows")
def test_who_waits_for_pulls_can_be_interrupted(hub: Hub, tmp_path: Path) -> None:
    program = "import signal as s; s.signal(s.SIGINT, s.default_int_handler); from regplan.cli import main; main()"
    hub.pulled += [time.monotonic() + 3600] * 2
    process = subprocess.Popen(
        [sys.executable, "-c", program, *call(hub, "--max-pulls", "50", "--report", "run.json")],
        cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not hub.refused:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=15)
    finally:
        process.kill()

    assert process.returncode == 130
    assert said.splitlines()[-1] == "regplan: interrupted"
    assert not (tmp_path / "disk").exists()
    told = json.loads((tmp_path / "run.json").read_text())
    assert told["error"] == "it was interrupted before anything was written"
    assert (told["verified"], told["run"]) == (False, None)
